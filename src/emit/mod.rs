//! Protocol to text: one file for each target, and they do not know each other.
//!
//! In: a [`Protocol`] (and, for the schemas, sample records to show). Out: an
//! [`Emitted`] text, byte-identical for the same input, and the gaps: what the
//! target cannot say. A gap is never silent; it is returned, printed, and
//! stands in the emitted file.

mod condition;
mod data;
mod eligible_schema;
mod printer;
mod protocol_schema;
mod python;
mod r;
mod report_schema;
mod rust;
mod sql;
mod subject_schema;
mod typescript;
mod writer;

use serde_json::Value;

use crate::protocol::Protocol;

/// What a target cannot say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The criterion or fact it is about.
    pub about: String,
    /// What is not said, and why.
    pub reason: String,
}

/// An emitted file.
#[derive(Debug, Clone)]
pub struct Emitted {
    /// Its whole text.
    pub text: String,
    /// What it does not say.
    pub gaps: Vec<Gap>,
}

/// Records that a schema shows as examples.
#[derive(Debug, Clone, Default)]
pub struct Samples {
    /// A valid record.
    pub subject: Option<Value>,
    /// A record that is certainly eligible.
    pub eligible: Option<Value>,
}

/// What can be emitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The protocol as data, in JSON.
    ProtocolJson,
    /// The same in YAML.
    ProtocolYaml,
    /// The schema of the protocol as data.
    ProtocolSchema,
    /// The schema of a subject record.
    SubjectSchema,
    /// The schema of a record that is certainly eligible.
    EligibleSchema,
    /// The schema of a report.
    ReportSchema,
    /// A checker in Rust.
    Rust,
    /// A checker in Python.
    Python,
    /// A checker in TypeScript.
    TypeScript,
    /// A checker in R.
    R,
    /// A checker in the SQL of DuckDB.
    DuckDb,
    /// A checker in the SQL of PostgreSQL.
    PostgreSql,
    /// A checker in the SQL of Spark.
    Spark,
}

impl Target {
    /// Every target, in the order in which `build` writes them.
    pub const ALL: [Self; 13] = [
        Self::ProtocolJson,
        Self::ProtocolYaml,
        Self::ProtocolSchema,
        Self::SubjectSchema,
        Self::EligibleSchema,
        Self::ReportSchema,
        Self::Rust,
        Self::Python,
        Self::TypeScript,
        Self::R,
        Self::DuckDb,
        Self::PostgreSql,
        Self::Spark,
    ];

    /// The name on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProtocolJson => "protocol-json",
            Self::ProtocolYaml => "protocol-yaml",
            Self::ProtocolSchema => "protocol-schema",
            Self::SubjectSchema => "subject-schema",
            Self::EligibleSchema => "eligible-schema",
            Self::ReportSchema => "report-schema",
            Self::Rust => "rust",
            Self::Python => "python",
            Self::TypeScript => "typescript",
            Self::R => "r",
            Self::DuckDb => "duckdb",
            Self::PostgreSql => "postgresql",
            Self::Spark => "spark",
        }
    }

    /// The name of the file.
    pub const fn file(self) -> &'static str {
        match self {
            Self::ProtocolJson => "protocol.json",
            Self::ProtocolYaml => "protocol.yaml",
            Self::ProtocolSchema => "protocol.schema.json",
            Self::SubjectSchema => "subject.schema.json",
            Self::EligibleSchema => "eligible.schema.json",
            Self::ReportSchema => "report.schema.json",
            Self::Rust => "checker.rs",
            Self::Python => "checker.py",
            Self::TypeScript => "checker.ts",
            Self::R => "checker.r",
            Self::DuckDb => "checker.duckdb.sql",
            Self::PostgreSql => "checker.postgresql.sql",
            Self::Spark => "checker.spark.sql",
        }
    }

    /// Prints the protocol for this target.
    pub fn emit(self, protocol: &Protocol, samples: &Samples) -> Emitted {
        crate::stack::with_stack(protocol.depth, || match self {
            Self::ProtocolJson => data::emit_json(protocol),
            Self::ProtocolYaml => data::emit_yaml(protocol),
            Self::ProtocolSchema => protocol_schema::emit(),
            Self::SubjectSchema => subject_schema::emit(protocol, samples),
            Self::EligibleSchema => eligible_schema::emit(protocol, samples),
            Self::ReportSchema => report_schema::emit(protocol),
            Self::Rust => rust::emit(protocol),
            Self::Python => python::emit(protocol),
            Self::TypeScript => typescript::emit(protocol),
            Self::R => r::emit(protocol),
            Self::DuckDb => sql::emit_duckdb(protocol),
            Self::PostgreSql => sql::emit_postgresql(protocol),
            Self::Spark => sql::emit_spark(protocol),
        })
    }
}

/// The absolute identifier of an emitted schema: versioned with the protocol.
fn schema_id(protocol: &Protocol, name: &str) -> String {
    let version = protocol.header.version.as_deref().unwrap_or("0");
    let clean = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '-' }).collect()
    };
    format!("https://lind.example/{}/{}/{name}", clean(&protocol.header.id), clean(version))
}

/// Pretty JSON with a line break at its end.
fn pretty(value: &Value) -> String {
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}

/// An exact number as JSON: a number where a double carries it, else text `n/d`.
fn json_number(number: &crate::number::Number) -> Value {
    let text = number.to_string();
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    match serde_json::from_str::<Value>(&text) {
        Ok(value) if digits <= 15 => value,
        _ => Value::String(text),
    }
}
