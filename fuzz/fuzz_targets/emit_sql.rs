//! The words of a protocol are nothing in the checkers in SQL but comments and strings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::Target;

fuzz_target!(|data: &[u8]| {
    for target in [Target::DuckDb, Target::PostgreSql, Target::Spark] {
        lind_fuzz::same_skeleton(target, data, lind_fuzz::of_sql);
    }
    lind_fuzz::same_skeleton(Target::Spark, data, lind_fuzz::of_spark);
});
