//! Public keys as they are handed in, and the encodings of keys.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// `rsaEncryption` without parameters, as X.509 names it.
pub(super) const RSA_ENCRYPTION: &[u8] =
    &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

/// The bytes of a public key, in OpenSSH's form (`ssh-rsa AAAA… comment`) or in that of RFC 4716.
pub(super) fn public_key(text: &str) -> Option<Vec<u8>> {
    let lenient = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_allow_trailing_bits(true)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = text.trim();
    if !text.starts_with("---- BEGIN SSH2 PUBLIC KEY ----") {
        // A key may go over several lines.
        let text: String = text.lines().collect();
        return lenient.decode(text.split_whitespace().nth(1)?).ok();
    }
    // Headers have a colon, and go on where a line ends with a backslash.
    let mut goes_on = false;
    let body: String = text
        .lines()
        .map(str::trim)
        .filter(|line| {
            let is_header = goes_on || line.contains(':');
            goes_on = is_header && line.ends_with('\\');
            !is_header && !line.starts_with("----")
        })
        .collect();
    lenient.decode(body).ok()
}

/// The first field of a key, which has its length before it, and what follows.
pub(super) fn ssh_field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// An RSA key as X.509 writes it, of which AWS takes the fingerprint.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html>
pub(super) fn rsa_document(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let numbers = [der(0x02, modulus), der(0x02, exponent)].concat();
    let key = [&[0][..], &der(0x30, &numbers)].concat();
    der(0x30, &[der(0x30, RSA_ENCRYPTION), der(0x03, &key)].concat())
}

pub(super) fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let digits: Vec<u8> = length.iter().copied().skip_while(|byte| *byte == 0).collect();
    let mut bytes = vec![tag];
    match content.len() {
        short @ 0..=127 => bytes.push(u8::try_from(short).unwrap_or_default()),
        _ => {
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or_default());
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}
