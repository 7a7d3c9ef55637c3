//! The checker in Python parses, and the words of a protocol are nothing in it but comments and strings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use lind::emit::Target;

fuzz_target!(|data: &[u8]| {
    lind_fuzz::same_skeleton(Target::Python, data, |text| lind_fuzz::of_language(&tree_sitter_python::LANGUAGE.into(), text));
});
