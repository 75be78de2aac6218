//! Policy documents: parsed once, evaluated for a principal, an action, a resource and conditions.
