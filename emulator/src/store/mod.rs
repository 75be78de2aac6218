//! Where records and object bodies are kept.
