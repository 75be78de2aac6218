use crate::search;

/// A name as part of an address: `Crème brûlée, 2 pcs` becomes `creme-brulee-2-pcs`.
pub fn slug(name: &str) -> String {
    let mut plain = String::new();
    for c in name.to_lowercase().chars() {
        match c {
            // As German writes them where it has no umlauts; for searching they are bare letters.
            'ä' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            c => plain.push(c),
        }
    }
    let mut slug = String::new();
    for c in search::normalise(&plain).chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn a_slug_is_made_of_what_an_address_can_hold() {
        assert_eq!(slug("  Crème brûlée, 2 pcs! "), "creme-brulee-2-pcs");
        assert_eq!(slug("Fön & Straße"), "foen-strasse");
        assert_eq!(slug("Čajník ÈLITE"), "cajnik-elite");
        assert_eq!(slug("茶"), "");
        assert_eq!(slug("a--b_c"), "a-b-c");
    }
}
