//! The words of a protocol are nothing in the checker in R but comments and strings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::Target;

fuzz_target!(|data: &[u8]| lind_fuzz::same_skeleton(Target::R, data, lind_fuzz::of_r));
