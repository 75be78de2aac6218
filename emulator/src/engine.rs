//! The loop: inputs → `World::handle` → `Store::commit` → effects.
