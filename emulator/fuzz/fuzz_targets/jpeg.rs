#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| cloudless_fuzz::jpeg::read(data));
