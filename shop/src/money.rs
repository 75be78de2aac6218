use std::fmt;

/// An amount of money in cents. The shop has one currency, the euro.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cents(pub i64);

impl Cents {
    /// The highest price of a product.
    pub const MAX: Self = Self(99_999_999);

    /// Reads what people type: `12`, `12.5`, `12.50`, `12,50`, with or without `€`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_start_matches('€').trim_end_matches('€');
        let text = text.trim();
        let (euros, cents) = text.split_once(['.', ',']).unwrap_or((text, ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if euros.is_empty() || euros.len() > 7 || cents.len() > 2 {
            return None;
        }
        if !digits(euros) || !digits(cents) {
            return None;
        }
        let euros: i64 = euros.parse().ok()?;
        let cents: i64 = format!("{cents:0<2}").parse().ok()?;
        Some(Self(euros * 100 + cents)).filter(|price| *price <= Self::MAX)
    }

    /// `quantity` of these.
    #[must_use]
    pub fn times(self, quantity: i64) -> Self {
        Self(self.0.saturating_mul(quantity))
    }

    /// As a form field holds it: `12.50`.
    pub fn input(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl std::iter::Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |sum, amount| sum.saturating_add(amount.0)))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "€{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_read_as_people_type_it() {
        let read = |text| Cents::parse(text).map(|price| price.to_string());
        assert_eq!(read("12").as_deref(), Some("€12.00"));
        assert_eq!(read("12.5").as_deref(), Some("€12.50"));
        assert_eq!(read(" € 12,05 ").as_deref(), Some("€12.05"));
        assert_eq!(read("999999.99").as_deref(), Some("€999999.99"));
        for wrong in ["", "-1", "1.234", "1e3", "1000000", ".5", "1.2.3", "١"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
