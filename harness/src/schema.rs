//! The published JSON Schemas say what the program writes.

use schemars::{JsonSchema, generate::SchemaSettings};
use std::path::Path;

/// Compares the published schema with the one that the types give. `UPDATE_SCHEMAS=1` writes it anew.
fn assert_published<T: JsonSchema>(file: &str) {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let schema = settings.into_generator().into_root_schema_for::<T>();
    let mut expected = serde_json::to_string_pretty(&schema).unwrap();
    expected.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("schema")
        .join(file);
    if std::env::var_os("UPDATE_SCHEMAS").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == expected,
        "harness/schema/{file} is not what the program writes: run this test with UPDATE_SCHEMAS=1, look at the \
         difference, and raise SCHEMA_VERSION if a field changed its meaning or went away"
    );
}

#[test]
fn the_published_schema_of_the_summary_is_the_one_the_program_writes() {
    assert_published::<harness_model::Summary>("summary.schema.json");
}

#[test]
fn the_published_schema_of_a_sample_is_the_one_the_program_writes() {
    assert_published::<harness_model::Sample>("sample.schema.json");
}

#[test]
fn the_published_schema_of_a_zones_summary_is_the_one_the_program_writes() {
    assert_published::<crate::commands::zones::summary::ZonesSummary>("zones.schema.json");
}

#[test]
fn the_published_schema_of_a_zones_sample_is_the_one_the_program_writes() {
    assert_published::<crate::child::zones::orders::ZonesSample>("zones-sample.schema.json");
}

#[test]
fn the_published_schema_of_a_victims_summary_is_the_one_the_program_writes() {
    assert_published::<crate::commands::victims::summary::VictimsSummary>("victims.schema.json");
}

#[test]
fn the_published_schema_of_a_calibration_is_the_one_the_program_writes() {
    assert_published::<crate::commands::calibrate::summary::CalibrationSummary>(
        "calibration.schema.json",
    );
}

#[test]
fn the_published_schema_of_a_factorial_summary_is_the_one_the_program_writes() {
    assert_published::<crate::commands::factorial::summary::FactorialSummary>(
        "factorial.schema.json",
    );
}

#[test]
fn the_published_schema_of_a_programs_summary_is_the_one_the_program_writes() {
    assert_published::<harness_model::program::ProgramSummary>("program.schema.json");
}

#[test]
fn the_published_schema_of_a_recording_judged_is_the_one_the_program_writes() {
    assert_published::<harness_model::record::RecordSummary>("record.schema.json");
}

#[test]
fn the_published_schema_of_a_line_of_a_recording_is_the_one_the_program_writes() {
    assert_published::<harness_model::record::RecordLine>("record-line.schema.json");
}

#[test]
fn the_published_schema_of_captures_judged_is_the_one_the_program_writes() {
    assert_published::<harness_model::captures::CapturesSummary>("captures.schema.json");
}
