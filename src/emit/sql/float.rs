//! Comparisons in floating point, where an error bound proves what they say.
//!
//! A double is within half a unit in its last place of the decimal that it
//! stands for, and so is the result of each operation of what it should be.
//! So the difference of two sides is wrong by no more than that share of the
//! sizes of all that is added, once for each step. What differs by more has
//! its order; only what is nearer goes on to exact numbers.

use super::dialect::Dialect;
use super::number::Exact;
use crate::protocol::Comparison;

/// A step adds at most 2⁻⁵³, about 1.1e-16, of the sizes, so a thousand steps stay well below this.
const DOUBT: &str = "1e-12";
const MOST_STEPS: usize = 1000;

/// Numbers lie from 1e-21 to 1e21, so a product of so many neither overflows nor loses digits for being small.
const MOST_FACTORS: usize = 12;

/// A number in floating point, and what bounds the sizes of all that is added up to it.
struct Float {
    value: String,
    size: String,
    steps: usize,
    factors: usize,
}

/// The comparison where floating point decides it, `exactly` where it does not.
pub(super) fn or_exactly<D: Dialect>(a: &Exact, op: Comparison, b: &Exact, exactly: String) -> String {
    let (Some(a), Some(b)) = (float::<D>(a), float::<D>(b)) else { return exactly };
    if a.steps + b.steps > MOST_STEPS || a.factors.max(b.factors) > MOST_FACTORS {
        return exactly;
    }
    format!(
        "CASE WHEN abs({a} - {b}) > {DOUBT} * ({} + {}) THEN {a} {} {b} ELSE {exactly} END",
        a.size,
        b.size,
        op.symbol(),
        a = a.value,
        b = b.value,
    )
}

/// None of what is divided by a number of the record: its sign may be in doubt.
fn float<D: Dialect>(number: &Exact) -> Option<Float> {
    Some(match number {
        Exact::Recorded(value, _) => Float { size: format!("abs({value})"), value: value.clone(), steps: 1, factors: 1 },
        Exact::Whole(value) => {
            let value = format!("CAST({value} AS DOUBLE)");
            Float { size: format!("abs({value})"), value, steps: 1, factors: 1 }
        }
        Exact::Literal(number) => {
            let text = number.to_string();
            let (above, below) = text.split_once('/').unwrap_or((&text, "1"));
            // A quotient of two doubles is rounded three times.
            let value = above.parse::<f64>().ok()? / below.parse::<f64>().ok()?;
            let factors = (value.abs().log10().abs() / 21.0).ceil();
            if !(value == 0.0 || factors <= MOST_FACTORS as f64) {
                return None;
            }
            let factors = if value == 0.0 { 1 } else { factors as usize };
            Float { value: D::double(&value.to_string()), size: D::double(&value.abs().to_string()), steps: 3, factors }
        }
        Exact::Sum(parts) | Exact::Difference(parts) => {
            let sign = if matches!(number, Exact::Sum(_)) { "+" } else { "-" };
            let [a, b] = [float::<D>(&parts[0])?, float::<D>(&parts[1])?];
            Float {
                value: format!("({} {sign} {})", a.value, b.value),
                size: format!("({} + {})", a.size, b.size),
                steps: a.steps + b.steps + 1,
                factors: a.factors.max(b.factors),
            }
        }
        Exact::Product(parts) => {
            let [a, b] = [float::<D>(&parts[0])?, float::<D>(&parts[1])?];
            Float {
                value: format!("({} * {})", a.value, b.value),
                size: format!("({} * {})", a.size, b.size),
                steps: a.steps + b.steps + 1,
                factors: a.factors + b.factors,
            }
        }
        Exact::Inverse(_) | Exact::Either(..) => return None,
    })
}
