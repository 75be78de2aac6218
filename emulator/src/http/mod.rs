//! Accept, authenticate, stream bodies: bytes to calls and back.
