//! The registry's vocabulary: ClinicalTrials.gov API version 2, in lower case.
//!
//! `single_group` is the registry's `SINGLE_GROUP`; phases gain an underscore
//! before their digits and a combined phase names both.

/// A header field or declaration with a fixed vocabulary.
pub type Words = &'static [&'static str];

/// `overallStatus`.
pub const STATUS: Words = &[
    "active_not_recruiting", "completed", "enrolling_by_invitation", "not_yet_recruiting", "recruiting", "suspended",
    "terminated", "withdrawn", "available", "no_longer_available", "temporarily_not_available",
    "approved_for_marketing", "withheld", "unknown",
];
/// `primaryPurpose`.
pub const PURPOSE: Words = &[
    "treatment", "prevention", "diagnostic", "ect", "supportive_care", "screening", "health_services_research",
    "basic_science", "device_feasibility", "other",
];
/// `allocation`.
pub const ALLOCATION: Words = &["randomized", "non_randomized", "na"];
/// `interventionModel`.
pub const MODEL: Words = &["single_group", "parallel", "crossover", "factorial", "sequential"];
/// `masking`.
pub const MASKING: Words = &["none", "single", "double", "triple", "quadruple"];
/// `phases`.
pub const PHASE: Words =
    &["na", "early_phase_1", "phase_1", "phase_1_2", "phase_2", "phase_2_3", "phase_3", "phase_4"];
/// `sex`.
pub const SEX: Words = &["all", "female", "male"];
/// `healthyVolunteers`.
pub const HEALTHY: Words = &["yes", "no"];
/// `leadSponsor.class`.
pub const SPONSOR_CLASS: Words =
    &["nih", "fed", "other_gov", "indiv", "industry", "network", "ambig", "other", "unknown"];
/// `armGroups[].type`.
pub const ARM_KIND: Words =
    &["experimental", "active_comparator", "placebo_comparator", "sham_comparator", "no_intervention", "other"];
/// `interventions[].type`.
pub const INTERVENTION_KIND: Words = &[
    "behavioral", "biological", "combination_product", "device", "diagnostic_test", "dietary_supplement", "drug",
    "genetic", "procedure", "radiation", "other",
];

/// The vocabulary of a header field.
pub fn of_field(field: &str) -> Words {
    match field {
        "status" => STATUS,
        "purpose" => PURPOSE,
        "allocation" => ALLOCATION,
        "model" => MODEL,
        "masking" => MASKING,
        "phase" => PHASE,
        "sex" => SEX,
        "healthy" => HEALTHY,
        _ => &[],
    }
}

/// A word as the registry spells it: upper case, phases without their inner underscore.
pub fn spelling(word: &str) -> String {
    word.to_ascii_uppercase().replace("PHASE_", "PHASE")
}

/// Terminologies whose codes may be named, with what identifies them.
pub const CODE_SYSTEMS: &[(&str, &str)] = &[
    ("atc", "http://www.whocc.no/atc"),
    ("icd10", "http://hl7.org/fhir/sid/icd-10"),
    ("icd10cm", "http://hl7.org/fhir/sid/icd-10-cm"),
    ("loinc", "http://loinc.org"),
    ("meddra", "https://www.meddra.org"),
    ("mesh", "http://id.nlm.nih.gov/mesh"),
    ("ncit", "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"),
    ("rxnorm", "http://www.nlm.nih.gov/research/umls/rxnorm"),
    ("snomed", "http://snomed.info/sct"),
];
