//! How far a comparison can tell counts of events apart.

use crate::number::Number;
use crate::protocol::{Define, DefineBody, Num, Protocol, Term};

/// What a definition may stand for.
pub(super) fn bodies(define: &Define) -> impl Iterator<Item = &DefineBody> {
    std::iter::once(&define.body).chain(define.readings.iter().map(|reading| &reading.body))
}

/// The signs with which counts enter a comparison, and whether anything does that is no constant.
#[derive(Default)]
struct Signs {
    events: [bool; 2],
    members: [bool; 2],
    other: bool,
}

/// Whether the counts of events in a comparison stand opposite constants alone.
pub(super) fn are_plain(protocol: &Protocol, left: &Num, right: &Num) -> bool {
    let mut signs = Signs::default();
    signs.add(protocol, left, false);
    signs.add(protocol, right, true);
    let Signs { events, members, other } = signs;
    match events {
        [false, false] => true,
        [true, true] => false,
        [_, negative] => !other && !members[usize::from(!negative)],
    }
}

impl Signs {
    fn add(&mut self, protocol: &Protocol, num: &Num, negative: bool) {
        match num {
            Num::Literal(_) => {}
            Num::Place(_) | Num::Lab(..) | Num::Elapsed(..) | Num::Pick(_) => self.other = true,
            Num::Rank(_) | Num::Size(_) => self.members[usize::from(negative)] = true,
            Num::Count(_) => self.events[usize::from(negative)] = true,
            Num::Define(id) => {
                for body in bodies(&protocol.defines[*id]) {
                    if let DefineBody::Number(num, _) = body {
                        self.add(protocol, num, negative);
                    }
                }
            }
            Num::Sum(terms) => terms.iter().for_each(|term| self.add(protocol, &term.num, negative != term.inverse)),
            Num::Convert(inner, factor, _) => self.add(protocol, inner, negative != factor.is_negative()),
            Num::Product(terms) => {
                let literal = |term: &&Term| if let Num::Literal(number) = &term.num { Some(number.is_negative()) } else { None };
                let turned = terms.iter().filter_map(|term| literal(&term)).filter(|negative| *negative).count() % 2 == 1;
                let open: Vec<&Term> = terms.iter().filter(|term| literal(term).is_none()).collect();
                self.other |= open.len() > 1 || open.iter().any(|term| term.inverse);
                open.iter().for_each(|term| self.add(protocol, &term.num, negative != turned));
            }
        }
    }
}

/// A count that no comparison of these two tells from a greater one.
///
/// `factor * count + shift` is compared with a limit, so the count that matters
/// is (limit - shift) / factor: all that is added, over the least that it can be
/// multiplied by.
pub(super) fn reach(protocol: &Protocol, left: &Num, right: &Num) -> usize {
    let (mut sum, mut scale) = (Number::whole(0), Number::whole(1));
    for num in [left, right] {
        constants(protocol, num, &mut sum, &mut scale);
    }
    sum.mul(&scale).floor().to_i64().and_then(|n| usize::try_from(n).ok()).unwrap_or(usize::MAX)
}

/// Adds up the sizes of the constants of a number, and multiplies how far its factors can stretch it.
fn constants(protocol: &Protocol, num: &Num, sum: &mut Number, scale: &mut Number) {
    let size = |number: &Number| if number.is_negative() { number.neg() } else { number.clone() };
    let stretched = |scale: &Number, factor: &Number| {
        let factor = size(factor);
        let inverse = Number::whole(1).div(&factor).unwrap_or_else(|| Number::whole(1));
        scale.mul(&factor.max(inverse))
    };
    match num {
        Num::Literal(number) => *sum = sum.add(&size(number)),
        Num::Sum(terms) => terms.iter().for_each(|term| constants(protocol, &term.num, sum, scale)),
        Num::Product(terms) => {
            let mut product = Some(Number::whole(1));
            for term in terms {
                if let Num::Literal(number) = &term.num {
                    *scale = stretched(scale, number);
                    product = product.map(|product| stretched(&product, number));
                } else {
                    product = None;
                    constants(protocol, &term.num, sum, scale);
                }
            }
            // Of constants alone it is a constant itself.
            *sum = sum.add(&product.unwrap_or_else(|| Number::whole(0)));
        }
        Num::Convert(inner, factor, shift) => {
            *scale = stretched(scale, factor);
            *sum = sum.add(&size(shift));
            constants(protocol, inner, sum, scale);
        }
        Num::Define(id) => {
            for body in bodies(&protocol.defines[*id]) {
                if let DefineBody::Number(num, _) = body {
                    constants(protocol, num, sum, scale);
                }
            }
        }
        Num::Place(_) | Num::Lab(..) | Num::Rank(_) | Num::Elapsed(..) | Num::Count(_) | Num::Size(_) | Num::Pick(_) => {}
    }
}
