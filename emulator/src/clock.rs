//! The only `now()` of the emulator: system, offset, or frozen.
