//! The parts of a record that a protocol states; everything may be absent.

#![expect(clippy::struct_field_names, reason = "the names are the registry's own")]

use serde::Deserialize;

/// A study.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Study {
    pub(super) protocol_section: Section,
}

macro_rules! modules {
    ($($(#[$doc:meta])* $name:ident { $($(#[$inner:meta])* $field:ident: $ty:ty,)* })*) => {
        $($(#[$doc])*
        #[derive(Debug, Default, Clone, Deserialize)]
        #[serde(rename_all = "camelCase", default)]
        pub(super) struct $name { $($(#[$inner])* pub $field: $ty,)* })*
    };
}

modules! {
    Section {
        identification_module: Identification,
        status_module: Status,
        sponsor_collaborators_module: Sponsors,
        description_module: Description,
        conditions_module: Conditions,
        design_module: Design,
        arms_interventions_module: ArmsInterventions,
        eligibility_module: Eligibility,
    }
    Identification {
        nct_id: String,
        org_study_id_info: Id,
        secondary_id_infos: Vec<Id>,
        brief_title: Option<String>,
        official_title: Option<String>,
    }
    Id { id: Option<String>, }
    Status { overall_status: Option<String>, }
    Sponsors { lead_sponsor: Sponsor, }
    Sponsor { name: Option<String>, class: Option<String>, }
    Description { brief_summary: Option<String>, }
    Conditions { conditions: Vec<String>, }
    Design { phases: Vec<String>, design_info: DesignInfo, enrollment_info: Enrollment, }
    DesignInfo {
        allocation: Option<String>,
        intervention_model: Option<String>,
        primary_purpose: Option<String>,
        masking_info: Masking,
    }
    Masking { masking: Option<String>, }
    Enrollment { count: Option<u32>, r#type: Option<String>, }
    ArmsInterventions { arm_groups: Vec<ArmGroup>, interventions: Vec<Intervention>, }
    ArmGroup {
        label: String,
        r#type: Option<String>,
        description: Option<String>,
        /// Of the form `Drug: name`.
        intervention_names: Vec<String>,
    }
    Intervention {
        r#type: Option<String>,
        name: String,
        description: Option<String>,
        arm_group_labels: Vec<String>,
        other_names: Vec<String>,
    }
    Eligibility {
        eligibility_criteria: Option<String>,
        healthy_volunteers: Option<bool>,
        sex: Option<String>,
        minimum_age: Option<String>,
        maximum_age: Option<String>,
    }
}

impl Study {
    /// Reads the JSON of one study.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let study: Self = serde_json::from_slice(json)
            .map_err(|error| format!("it is no study of the registry's API version 2: {error}"))?;
        match study.protocol_section.identification_module.nct_id.as_str() {
            "" => Err("it is no study of the registry's API version 2: `nctId` is missing".into()),
            _ => Ok(study),
        }
    }
}

impl Section {
    /// The phases as one word of the header.
    pub fn phase(&self) -> Option<String> {
        let digits: Vec<&str> = self.design_module.phases.iter().filter_map(|phase| phase.strip_prefix("PHASE")).collect();
        match &self.design_module.phases[..] {
            [] => None,
            [one] => Some(one.to_lowercase().replace("phase", "phase_")),
            _ => Some(format!("phase_{}", digits.join("_"))),
        }
    }
}

impl ArmsInterventions {
    /// The names of what an arm gives, as both sides of the record have it.
    pub fn given(&self, arm: &ArmGroup) -> Vec<&Intervention> {
        let named = |intervention: &Intervention| {
            arm.intervention_names.iter().any(|given| given.split_once(": ").map_or(given.as_str(), |(_, name)| name) == intervention.name)
        };
        self.interventions.iter().filter(|intervention| named(intervention) || intervention.arm_group_labels.contains(&arm.label)).collect()
    }
}

/// `20 Years` as the language writes it; none where the record has no such age, or one that it does not spell so.
pub(super) fn age(text: Option<&String>) -> Option<(String, String)> {
    let (number, unit) = text?.trim().split_once(' ')?;
    let unit = unit.trim().to_lowercase();
    let unit = format!("{}s", unit.trim_end_matches('s'));
    let known = ["years", "months", "weeks", "days", "hours", "minutes"].contains(&unit.as_str());
    (known && !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then(|| (number.to_string(), unit))
}
