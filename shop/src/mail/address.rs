//! Which addresses mail can be sent to.

use lettre::Address;
use lettre::address::AddressError;
use url::Host;

/// Bytes of an address, and of its part before the `@`: RFC 5321, 4.5.3.1.
const LEN_MAX: usize = 254;
const LOCAL_PART_LEN_MAX: usize = 64;
/// Domains that never have a mail server: RFC 6761, 6.3 and 6.4.
const NOWHERE: [&str; 2] = ["invalid", "localhost"];

/// Why no mail can be sent to an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undeliverable {
    #[error(transparent)]
    NoAddress(#[from] AddressError),
    #[error("the address is too long")]
    TooLong,
    /// Only servers with SMTPUTF8 take it, and each on the way must have it.
    #[error("the part before the @ has letters beyond ASCII")]
    LocalPart,
    #[error("the part behind the @ is no domain of the internet")]
    Domain,
}

impl Undeliverable {
    /// What to say at a form's field.
    pub fn at_field(self) -> &'static str {
        match self {
            Self::NoAddress(_) => {
                "This does not look like an e-mail address, such as name@example.com."
            }
            Self::TooLong => "No mail can be sent to an address as long as this.",
            Self::LocalPart => {
                "We cannot send mail to an address with letters such as é before the @. Please \
                 use another one."
            }
            Self::Domain => {
                "No mail can be sent to what is behind the @. Please write a whole domain, such \
                 as example.com."
            }
        }
    }
}

/// Reads an address as the mailer does, and refuses what no mail server could be found for. The
/// domain comes back in the letters that the domain name system has (`bücher.example` as
/// `xn--bcher-kva.example`), which every server understands.
pub fn deliverable(text: &str) -> Result<Address, Undeliverable> {
    let address: Address = text.parse()?;
    if !address.user().is_ascii() {
        return Err(Undeliverable::LocalPart);
    }
    let Ok(Host::Domain(domain)) = Host::parse(address.domain()) else {
        return Err(Undeliverable::Domain);
    };
    let is_somewhere = domain.rsplit_once('.').is_some_and(|(_, top)| !NOWHERE.contains(&top));
    if !is_somewhere {
        return Err(Undeliverable::Domain);
    }
    if address.user().len() > LOCAL_PART_LEN_MAX
        || address.user().len() + 1 + domain.len() > LEN_MAX
    {
        return Err(Undeliverable::TooLong);
    }
    if address.domain().is_ascii() {
        return Ok(address);
    }
    Ok(Address::new(address.user(), domain)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_that_mail_can_be_sent_to() {
        let long = format!("{}@example.com", "x".repeat(65));
        let far = format!("x@{}com", "abcdefghij.".repeat(23));
        let cases = [
            "Grace.Hopper+shop@Example.com",
            "\"grace hopper\"@example.com",
            "grace@bücher.example",
            "grace",
            "grace@",
            "@example.com",
            "grace@example..com",
            "grace@-example.com",
            "grace@example.com.",
            "gräce@example.com",
            "grace@localhost",
            "grace@mail.localhost",
            "grace@nowhere.invalid",
            "grace@example",
            "grace@192.0.2.1",
            "grace@[192.0.2.1]",
            "grace@example.1",
            &long,
            &far,
        ];
        let judged = cases.map(|text| match deliverable(text) {
            Ok(address) => format!("{text}: {address}"),
            Err(error) => format!("{text}: {error:?}"),
        });
        insta::assert_snapshot!(judged.join("\n"), @r#"
        Grace.Hopper+shop@Example.com: Grace.Hopper+shop@Example.com
        "grace hopper"@example.com: "grace hopper"@example.com
        grace@bücher.example: grace@xn--bcher-kva.example
        grace: NoAddress(MissingParts)
        grace@: NoAddress(InvalidDomain)
        @example.com: NoAddress(InvalidUser)
        grace@example..com: NoAddress(InvalidDomain)
        grace@-example.com: NoAddress(InvalidDomain)
        grace@example.com.: NoAddress(InvalidDomain)
        gräce@example.com: LocalPart
        grace@localhost: Domain
        grace@mail.localhost: Domain
        grace@nowhere.invalid: Domain
        grace@example: Domain
        grace@192.0.2.1: Domain
        grace@[192.0.2.1]: Domain
        grace@example.1: Domain
        xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx@example.com: NoAddress(InvalidUser)
        x@abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.abcdefghij.com: NoAddress(InvalidDomain)
        "#);
    }
}
