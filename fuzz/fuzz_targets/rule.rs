#![no_main]

#[path = "../entries.rs"]
#[allow(dead_code, reason = "one entry a target")]
mod entries;

libfuzzer_sys::fuzz_target!(|input: &[u8]| entries::rule(input));
