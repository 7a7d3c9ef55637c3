//! NCT05106972 by hand: what a careful engineer writes for this one protocol in Rust, with serde.
//!
//! `read` gives a valid subject, `check` the verdict on it with the outcome of each criterion. A test is
//! true, false, or `None` for unknown; a date is its first and last possible day since 1970.

use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
pub struct Subject {
    registration: Option<Days>,
    birth_date: Option<Days>,
    sex: Option<Sex>,
    causes: Option<Vec<Cause>>,
    decompensated: Option<bool>,
    hepatitis_onset: Option<Days>,
    cirrhosis_onset: Option<Days>,
    decompensation_onset: Option<Days>,
    transplant_unsuitable: Option<bool>,
    donor_liver: Option<bool>,
    bleeding_tendency: Option<bool>,
    bleeding: Option<bool>,
    encephalopathy: Option<bool>,
    encephalopathy_ever: Option<bool>,
    treatment_start: Option<Days>,
    symptom_relief: Option<bool>,
    life_improved: Option<bool>,
    liver_malignancy: Option<bool>,
    family_liver_malignancy: Option<Vec<Relative>>,
    hypersplenism: Option<bool>,
    needs_splenectomy: Option<bool>,
    other_tumors: Option<Vec<Tumor>>,
    pt: Option<Lab>,
    pt_control: Option<f64>,
    pt_baseline: Option<f64>,
    albumin: Option<Vec<Infusion>>,
    gi_bleed: Option<Vec<Bleed>>,
    peritonitis: Option<bool>,
    peritonitis_ever: Option<bool>,
    bacterial: Option<bool>,
    active_viral: Option<Vec<Virus>>,
    pregnant: Option<bool>,
    lactating: Option<bool>,
    consent: Option<bool>,
    inappropriate: Option<bool>,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Sex {
    Female,
    Male,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Cause {
    HepatitisB,
    HepatitisC,
    HepatitisD,
    Alcohol,
    Autoimmune,
    Other,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Relative {
    Parent,
    Child,
    Sibling,
    Grandparent,
    Grandchild,
    GreatGrandparent,
    Collateral,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Tumor {
    Malignant,
    Benign,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "snake_case")]
enum Virus {
    HepatitisB,
    HepatitisC,
    HepatitisD,
    Hiv,
    Cmv,
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Lab {
    value: Option<f64>,
    upper: Option<f64>,
    lower: Option<f64>,
    #[allow(dead_code)]
    date: Option<Days>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Infusion {
    date: Option<Days>,
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Bleed {
    date: Option<Days>,
    #[serde(deserialize_with = "end")]
    end: Option<Days>,
    significant: Option<bool>,
}

// ---------------------------------------------------------------- reading

/// A valid subject; an error says what is wrong.
pub fn read(line: &str) -> Result<Subject, String> {
    let subject: Subject = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let Subject { pt, pt_control, pt_baseline, .. } = &subject;
    let limits = pt.as_ref().map_or([None; 3], |lab| [lab.value, lab.upper, lab.lower]);
    for number in limits.into_iter().chain([*pt_control, *pt_baseline]).flatten() {
        if number != 0.0 && !(1e-21..1e21).contains(&number.abs()) {
            return Err(format!("{number} is out of range"));
        }
    }
    if let [_, Some(upper), Some(lower)] = limits {
        if lower > upper {
            return Err("the limits of the prothrombin time are out of order".into());
        }
    }
    if repeats(&subject.causes) || repeats(&subject.family_liver_malignancy) || repeats(&subject.other_tumors) || repeats(&subject.active_viral) {
        return Err("a member stands twice in a set".into());
    }
    for bleed in subject.gi_bleed.iter().flatten() {
        if let (Some(date), Some(end)) = (bleed.date, bleed.end) {
            if end.last < date.first {
                return Err("a bleeding ends before it starts".into());
            }
        }
    }
    if subject.sex == Some(Sex::Male) && (subject.pregnant == Some(true) || subject.lactating == Some(true)) {
        return Err("pregnant and lactating do not apply to men".into());
    }
    Ok(subject)
}

fn repeats<T: PartialEq>(set: &Option<Vec<T>>) -> bool {
    set.as_ref().is_some_and(|set| set.iter().enumerate().any(|(i, member)| set[..i].contains(member)))
}

// ---------------------------------------------------------------- dates

#[derive(Clone, Copy)]
struct Days {
    first: i32,
    last: i32,
}

impl<'de> Deserialize<'de> for Days {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <&str>::deserialize(deserializer)?;
        days(text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no date")))
    }
}

/// A date, or `ongoing`.
fn end<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Days>, D::Error> {
    match <Option<&str>>::deserialize(deserializer)? {
        None => Ok(None),
        Some("ongoing") => Ok(Some(Days { first: i32::MAX / 2, last: i32::MAX / 2 })),
        Some(text) => days(text).map(Some).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no date"))),
    }
}

fn days(text: &str) -> Option<Days> {
    let number = |text: &str| text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    let mut parts = text.split('-');
    let year = parts.next().filter(|part| part.len() == 4).and_then(number).filter(|year| *year > 0)?;
    let Some(month) = parts.next() else {
        return Some(Days { first: day_of(year, 1, 1), last: day_of(year, 12, 31) });
    };
    let month = Some(month).filter(|part| part.len() == 2).and_then(number).filter(|month| (1..=12).contains(month))?;
    let length = month_length(year, month);
    let Some(day) = parts.next() else {
        return Some(Days { first: day_of(year, month, 1), last: day_of(year, month, length) });
    };
    let day = Some(day).filter(|part| part.len() == 2).and_then(number).filter(|day| (1..=length).contains(day))?;
    let day = day_of(year, month, day);
    parts.next().is_none().then_some(Days { first: day, last: day })
}

fn month_length(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970 (Howard Hinnant's algorithm).
fn day_of(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil(day: i32) -> (i32, i32, i32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i32::from(month <= 2), month, day)
}

/// The day so many months later, or the last of that month.
fn later(day: i32, months: i32) -> i32 {
    let (year, month, day) = civil(day);
    let months = year * 12 + month - 1 + months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    day_of(year, month, day.min(month_length(year, month)))
}

/// Whether so many months have passed between two dates.
fn passed(since: Option<Days>, months: i32, till: Option<Days>) -> Option<bool> {
    let (since, till) = (since?, till?);
    if later(since.last, months) <= till.first {
        return Some(true);
    }
    if later(since.first, months) <= till.last { None } else { Some(false) }
}

/// Whether more than so many months have.
fn more_passed(since: Option<Days>, months: i32, till: Option<Days>) -> Option<bool> {
    let (since, till) = (since?, till?);
    if later(since.last, months) < till.first {
        return Some(true);
    }
    if later(since.first, months) < till.last { None } else { Some(false) }
}

/// Whether what lasts from one date to another was there within so many days before a third.
fn recent(start: Option<Days>, end: Option<Days>, width: i32, till: Days) -> Option<bool> {
    let start = start.unwrap_or(Days { first: i32::MIN / 2, last: i32::MAX / 2 });
    // What has no end lasts at least until its first day.
    let end = end.unwrap_or(Days { first: start.first, last: i32::MAX / 2 });
    if start.first > till.last || end.last + width < till.first {
        return Some(false);
    }
    (start.last.min(end.last) <= till.first && start.first.max(end.first) + width >= till.last).then_some(true)
}

/// Whether one of the events was; none where it is unknown which there are.
fn any(tests: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for test in tests {
        match test {
            Some(true) => return Some(true),
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

// ---------------------------------------------------------------- three values

fn not(test: Option<bool>) -> Option<bool> {
    test.map(|test| !test)
}

fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

// ---------------------------------------------------------------- the protocol

#[derive(Serialize, Clone, Copy, PartialEq, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Ineligible,
    Undetermined,
    Eligible,
}

#[derive(Serialize)]
pub struct Report {
    pub verdict: Verdict,
    pub criteria: Criteria,
}

#[derive(Serialize)]
pub struct Criteria {
    adult: Option<bool>,
    course: Option<bool>,
    no_transplant: Option<bool>,
    no_bleeding: Option<bool>,
    no_encephalopathy: Option<bool>,
    refractory: Option<bool>,
    consent: Option<bool>,
    age: Option<bool>,
    other_causes: Option<bool>,
    liver_malignancy: Option<bool>,
    hypersplenism: Option<bool>,
    other_tumors: Option<bool>,
    prolonged_pt: Option<bool>,
    recent_albumin: Option<bool>,
    recent_bleed: Option<bool>,
    peritonitis: Option<bool>,
    infection: Option<bool>,
    pregnancy: Option<bool>,
    inappropriate: Option<bool>,
}

impl Criteria {
    pub fn all(&self) -> [Option<bool>; 19] {
        let Self { adult, course, no_transplant, no_bleeding, no_encephalopathy, refractory, consent, .. } = *self;
        let Self { age, other_causes, liver_malignancy, hypersplenism, other_tumors, prolonged_pt, .. } = *self;
        let Self { recent_albumin, recent_bleed, peritonitis, infection, pregnancy, inappropriate, .. } = *self;
        [
            adult, course, no_transplant, no_bleeding, no_encephalopathy, refractory, consent, age, other_causes, liver_malignancy,
            hypersplenism, other_tumors, prolonged_pt, recent_albumin, recent_bleed, peritonitis, infection, pregnancy, inappropriate,
        ]
    }
}

/// The verdict on a subject, and the outcome of each criterion.
pub fn check(s: &Subject) -> Report {
    let adult = both(passed(s.birth_date, 240, s.registration), not(passed(s.birth_date, 732, s.registration)));
    let hepatitis = s.causes.as_ref().map(|causes| causes.contains(&Cause::HepatitisB));
    let family = s.family_liver_malignancy.as_ref().map(|family| {
        family.iter().any(|relative| match relative {
            Relative::Parent | Relative::Child | Relative::Sibling | Relative::Grandparent | Relative::Grandchild => true,
            Relative::GreatGrandparent | Relative::Collateral => false,
        })
    });
    let virus = s.active_viral.as_ref().map(|viruses| viruses.iter().any(|virus| *virus != Virus::HepatitisB));
    let applies = s.sex != Some(Sex::Male);
    let pregnant = if applies { s.pregnant } else { Some(false) };
    let lactating = if applies { s.lactating } else { Some(false) };
    let pt = s.pt.as_ref().and_then(|pt| pt.value);
    let albumin = match (&s.albumin, s.registration) {
        (None, _) => None,
        (Some(list), None) => list.is_empty().then_some(false),
        (Some(list), Some(till)) => any(list.iter().map(|event| recent(event.date, event.date, 21, till))),
    };
    let bleed = match (&s.gi_bleed, s.registration) {
        (None, _) => None,
        (Some(list), None) => any(list.iter().map(|event| both(event.significant, None))),
        (Some(list), Some(till)) => any(list.iter().map(|event| both(event.significant, recent(event.date, event.end, 28, till)))),
    };
    let criteria = Criteria {
        adult,
        course: both(both(hepatitis, s.decompensated), more_passed(s.cirrhosis_onset, 60, s.registration)),
        no_transplant: either(s.transplant_unsuitable, not(s.donor_liver)),
        no_bleeding: not(either(s.bleeding_tendency, s.bleeding)),
        no_encephalopathy: not(s.encephalopathy),
        refractory: both(more_passed(s.treatment_start, 6, s.registration), not(either(s.symptom_relief, s.life_improved))),
        consent: s.consent,
        age: adult,
        other_causes: s.causes.as_ref().map(|causes| causes.iter().all(|c| matches!(c, Cause::HepatitisB | Cause::HepatitisD))),
        liver_malignancy: not(either(s.liver_malignancy, family)),
        hypersplenism: not(both(s.hypersplenism, s.needs_splenectomy)),
        other_tumors: s.other_tumors.as_ref().map(Vec::is_empty),
        // Doubles are off by less than this: 16.1 - 13.1 is 3.
        prolonged_pt: pt.zip(s.pt_control).map(|(pt, control)| pt - control <= 3.000_000_1),
        recent_albumin: not(albumin),
        recent_bleed: not(bleed),
        peritonitis: not(s.peritonitis),
        infection: not(either(s.bacterial, virus)),
        pregnancy: not(either(pregnant, lactating)),
        inappropriate: not(s.inappropriate),
    };
    let all = criteria.all();
    let verdict = if all.contains(&Some(false)) {
        Verdict::Ineligible
    } else if all.contains(&None) {
        Verdict::Undetermined
    } else {
        Verdict::Eligible
    };
    Report { verdict, criteria }
}
