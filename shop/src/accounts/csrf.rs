//! CSRF tokens. They are derived from the session's cookie, so a page with a form costs no
//! statement, and a visitor who only looks leaves no row in the database.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::session::Token;

const LEN: usize = 32;

/// A token for one form. It is masked afresh each time, so that a compressed page with a text of
/// an attacker's choice (a search) does not give it away by its length.
pub fn token(session: &Token) -> String {
    let mask: [u8; LEN] = rand::random();
    let mut bytes = [0; 2 * LEN];
    for (index, (mask, secret)) in mask.iter().zip(secret(session)).enumerate() {
        bytes[index] = *mask;
        bytes[LEN + index] = mask ^ secret;
    }
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Whether `token` was made for this session.
pub fn is_valid(session: &Token, token: &str) -> bool {
    let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
        return false;
    };
    let Some((mask, masked)) = bytes.split_at_checked(LEN) else {
        return false;
    };
    let secret: Vec<u8> = mask.iter().zip(masked).map(|(a, b)| a ^ b).collect();
    // The comparison takes the same time wherever the first difference is.
    masked.len() == LEN && mac(session).verify_slice(&secret).is_ok()
}

fn secret(session: &Token) -> [u8; LEN] {
    mac(session).finalize().into_bytes().into()
}

fn mac(session: &Token) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    let mut mac =
        Hmac::<Sha256>::new_from_slice(session.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(b"csrf");
    mac
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_good_for_its_own_session_only() {
        let (session, other) = (Token::random(), Token::random());
        let token = token(&session);
        assert!(is_valid(&session, &token));
        assert!(is_valid(&session, &super::token(&session)));
        assert_ne!(token, super::token(&session));
        assert!(!is_valid(&other, &token));
        for forged in ["", "AAAA", &token[1..], &format!("{token}AAAA")] {
            assert!(!is_valid(&session, forged), "{forged}");
        }
    }
}
