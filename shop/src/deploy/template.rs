//! The template, and the little of it that has to be read here.

/// `infra/cloudless.yaml`
pub(super) const TEXT: &str = include_str!("../../../infra/cloudless.yaml");

/// Names of the template's parameters, in its order.
pub(super) fn parameters() -> Vec<&'static str> {
    section("Parameters:").filter_map(name).collect()
}

/// Default of a parameter; `None` for those without.
pub(super) fn default_of(parameter: &str) -> Option<&'static str> {
    let mut lines = section("Parameters:").skip_while(|line| name(line) != Some(parameter)).skip(1);
    lines
        .by_ref()
        .take_while(|line| name(line).is_none())
        .find_map(|line| line.trim().strip_prefix("Default: "))
        .map(|value| value.trim_matches('\''))
}

/// Name and type of each resource, in the template's order.
pub(super) fn resources() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut last = None;
    for line in section("Resources:") {
        last = name(line).or(last);
        if let (Some(of), Some(kind)) = (last, line.strip_prefix("    Type: ")) {
            found.push((of, kind));
        }
    }
    found
}

/// The lines of one section.
fn section(title: &str) -> impl Iterator<Item = &'static str> {
    TEXT.lines()
        .skip_while(move |line| *line != title)
        .skip(1)
        .take_while(|line| line.is_empty() || line.starts_with(' '))
}

/// The name that a line begins, two columns in.
fn name(line: &'static str) -> Option<&'static str> {
    let name = line.strip_prefix("  ")?.strip_suffix(':')?;
    name.starts_with(|c: char| c.is_ascii_uppercase()).then_some(name)
}
