//! emulator/core
