//! The checker in Rust parses, and the words of a protocol are nothing in it but comments and strings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::Target;

fuzz_target!(|data: &[u8]| {
    lind_fuzz::same_skeleton(Target::Rust, data, |text| lind_fuzz::of_language(&tree_sitter_rust::LANGUAGE.into(), text));
});
