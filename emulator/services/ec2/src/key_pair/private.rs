//! Key pairs that are made here. Both halves are true ones, of randomness that whoever drives the World draws for each.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/create-key-pairs.html>

use std::convert::Infallible;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::call::Randomness;
use kernel::error::{ApiError, INTERNAL_ERROR};
use rsa::PrivateKey;
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::{PrivateKeyParts as _, PublicKeyParts as _};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

use super::public::{RSA_ENCRYPTION, der};
use super::with_colons;

/// Length of the modulus of a key of RSA, in bits.
const RSA_BITS: usize = 2048;

/// As many numbers as a key needs, out of what was drawn for it: digests of that and of a count.
struct Random<'a> {
    drawn: &'a Randomness,
    count: u64,
}

impl Random<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        for part in bytes.chunks_mut(32) {
            self.count += 1;
            let digest = Sha256::new().chain_update(self.drawn.0);
            let digest = digest.chain_update(self.count.to_be_bytes()).finalize();
            part.copy_from_slice(&digest[..part.len()]);
        }
        bytes
    }
}

impl TryRng for Random<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_be_bytes(self.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_be_bytes(self.bytes()))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for part in bytes.chunks_mut(32) {
            let drawn: [u8; 32] = self.bytes();
            part.copy_from_slice(&drawn[..part.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Random<'_> {}

/// A key pair that was just made: numbers from the most significant byte on.
pub(super) enum Made {
    /// Of RSA: modulus, exponent, private exponent, primes, exponents of both, coefficient.
    Rsa(Box<[Vec<u8>; 8]>),
    /// Of ED25519: what is secret, what is public, and a number that says that it was deciphered.
    Ed25519([u8; 32], [u8; 32], [u8; 4]),
}

impl Made {
    /// A new one, `rsa` or `ed25519`.
    ///
    /// # Errors
    /// There is none with these numbers.
    pub(super) fn new(kind: &str, drawn: &Randomness) -> Result<Self, ApiError> {
        let mut random = Random { drawn, count: 0 };
        if kind != "rsa" {
            let secret: [u8; 32] = random.bytes();
            let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
            return Ok(Self::Ed25519(secret, public, random.bytes()));
        }
        let key = PrivateKey::new(&mut random, RSA_BITS).map_err(|_| &INTERNAL_ERROR)?;
        let ([p, q, ..], Some(dp), Some(dq), Some(inverse)) =
            (key.primes(), key.dp(), key.dq(), key.qinv())
        else {
            return Err((&INTERNAL_ERROR).into());
        };
        let inverse = inverse.retrieve();
        let numbers = [&**key.n(), key.e(), key.d(), &**p, &**q, dp, dq, &inverse];
        let numbers = numbers.map(|it| it.to_be_bytes_trimmed_vartime().into_vec());
        Ok(Self::Rsa(Box::new(numbers)))
    }

    /// `ssh-rsa`
    pub(super) const fn algorithm(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "ssh-rsa",
            Self::Ed25519(..) => "ssh-ed25519",
        }
    }

    /// The public half as SSH sends it. <https://www.rfc-editor.org/rfc/rfc4253#section-6.6>
    pub(super) fn public_blob(&self) -> Vec<u8> {
        let algorithm = string(self.algorithm().as_bytes());
        match self {
            Self::Rsa(it) => [algorithm, number(&it[1]), number(&it[0])].concat(),
            Self::Ed25519(_, public, _) => [algorithm, string(public)].concat(),
        }
    }

    /// Of RSA that of SHA-1 over the private half in PKCS #8, of ED25519 that of SHA-256 over the public half.
    /// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html>
    pub(super) fn fingerprint(&self) -> String {
        let Self::Rsa(it) = self else {
            return BASE64.encode(Sha256::digest(self.public_blob()));
        };
        let kind = der(0x30, RSA_ENCRYPTION);
        let document = [der(0x02, &[0]), kind, der(0x04, &pkcs1(it))].concat();
        with_colons(&Sha1::digest(der(0x30, &document)))
    }

    /// The private half as OpenSSH reads it: of RSA in PKCS #1, of ED25519 in a form of its own.
    /// <https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.key>
    pub(super) fn pem(&self, name: &str) -> String {
        let Self::Ed25519(secret, public, check) = self else {
            let Self::Rsa(it) = self else { return String::new() };
            return armored("RSA PRIVATE KEY", &pkcs1(it), 64);
        };
        let both = [*secret, *public].concat();
        let mut private = [&check[..], check, &string(b"ssh-ed25519"), &string(public)].concat();
        private.extend([string(&both), string(name.as_bytes())].concat());
        let padding = (1..=7).take(private.len().next_multiple_of(8) - private.len());
        private.extend(padding);
        let document = [
            &b"openssh-key-v1\0"[..],
            &string(b"none"),
            &string(b"none"),
            &string(b""),
            &1_u32.to_be_bytes(),
            &string(&self.public_blob()),
            &string(&private),
        ];
        armored("OPENSSH PRIVATE KEY", &document.concat(), 70)
    }

    /// The private half as PuTTY reads it. <https://the.earth.li/~sgtatham/putty/0.74/htmldoc/AppendixC.html>
    pub(super) fn ppk(&self, name: &str) -> String {
        let algorithm = self.algorithm();
        let public = self.public_blob();
        let private = match self {
            Self::Rsa(it) => [&it[2], &it[3], &it[4], &it[7]].map(|it| number(it)).concat(),
            Self::Ed25519(secret, ..) => string(secret),
        };
        let said = [algorithm.as_bytes(), b"none", name.as_bytes(), &public, &private];
        let key = Sha1::digest(b"putty-private-key-file-mac-key");
        let mac = Hmac::<Sha1>::new_from_slice(&key).map(|mut mac| {
            mac.update(&said.map(string).concat());
            mac.finalize().into_bytes()
        });
        let mac: String = mac.into_iter().flatten().map(|byte| format!("{byte:02x}")).collect();
        let (public, private) = (lines(&public, 64), lines(&private, 64));
        format!(
            "PuTTY-User-Key-File-2: {algorithm}\nEncryption: none\nComment: {name}\nPublic-Lines: {}\n{}\nPrivate-Lines: {}\n{}\nPrivate-MAC: {mac}\n",
            public.len(),
            public.join("\n"),
            private.len(),
            private.join("\n"),
        )
    }
}

/// A private key of RSA in PKCS #1.
fn pkcs1(numbers: &[Vec<u8>; 8]) -> Vec<u8> {
    let version = der(0x02, &[0]);
    let numbers = numbers.iter().map(|it| der(0x02, &positive(it)));
    der(0x30, &std::iter::once(version).chain(numbers).collect::<Vec<_>>().concat())
}

/// A number whose first bit says no sign.
fn positive(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_none_or(|first| *first >= 0x80) { &[0] } else { &[] };
    [sign, bytes].concat()
}

/// A number as SSH sends it.
fn number(bytes: &[u8]) -> Vec<u8> {
    string(&positive(bytes))
}

/// Bytes as SSH sends them: their length is before them.
fn string(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes()[..], bytes].concat()
}

/// Base64, in lines of this many characters.
fn lines(bytes: &[u8], width: usize) -> Vec<String> {
    let text = BASE64.encode(bytes);
    let starts = (0..text.len()).step_by(width);
    starts.map(|at| text[at..(at + width).min(text.len())].to_owned()).collect()
}

fn armored(name: &str, bytes: &[u8], width: usize) -> String {
    let text = lines(bytes, width).join("\n");
    format!("-----BEGIN {name}-----\n{text}\n-----END {name}-----")
}

#[cfg(test)]
mod tests {
    use rsa::BoxedUint;

    use super::*;

    #[test]
    fn both_halves_are_of_one_key_and_follow_from_what_was_drawn() {
        let made = |kind: &str| Made::new(kind, &Randomness([7; 32]));
        let (Ok(Made::Rsa(it)), Ok(Made::Rsa(again))) = (made("rsa"), made("rsa")) else {
            unreachable!()
        };
        assert_eq!(it, again);
        let numbers = it.iter().map(|it| BoxedUint::from_be_slice_vartime(it));
        let [n, e, d, p, q, ..] = &numbers.collect::<Vec<_>>()[..] else { unreachable!() };
        let primes = vec![p.clone(), q.clone()];
        assert!(PrivateKey::from_components(n.clone(), e.clone(), d.clone(), primes).is_ok());
        let Ok(Made::Ed25519(secret, public, _)) = made("ed25519") else { unreachable!() };
        assert_eq!(SigningKey::from_bytes(&secret).verifying_key().to_bytes(), public);
    }
}
