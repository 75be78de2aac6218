//! Key pairs. They are kept and named; no instance has a login to which a key would open, so the private half of one that
//! is made here fits nothing. <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html>

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input, required};
use crate::shelf::{entity, home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, tag};

input! {
    CreateKeyPairInput { key_name: String, key_type: Option<String>, tag_specifications: Vec<TagSpecification>, key_format: Option<String> }
    DeleteKeyPairInput { key_name: Option<String>, key_pair_id: Option<String> }
    DescribeKeyPairsInput { key_names: Vec<String>, key_pair_ids: Vec<String>, include_public_key: Option<bool>, filters: Vec<Filter> }
    ImportKeyPairInput { tag_specifications: Vec<TagSpecification>, key_name: String, public_key_material: Option<String> }
}

/// A key pair, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KeyPair {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) fingerprint: String,
    pub(crate) public_key: Option<String>,
    pub(crate) made: Timestamp,
}

entity! { KeyPair in key_pairs; "key-", "key pair", "keyPairId", INVALID_KEY_PAIR_NOT_FOUND, INVALID_KEY_PAIR_NOT_FOUND; }

const FILTERS: Filters =
    &[("key-pair-id", "KeyPairId"), ("fingerprint", "KeyFingerprint"), ("key-name", "KeyName")];

fn no_key_pair(name: &str) -> ApiError {
    errors::INVALID_KEY_PAIR_NOT_FOUND.says(format!("The key pair '{name}' does not exist"))
}

/// `1f:51:ae:…`
fn with_colons(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

impl Ec2 {
    pub(crate) fn key_pair(&self, home: &Home, name: &str) -> Result<&KeyPair, ApiError> {
        self.all::<KeyPair>(home).find(|it| it.name == name).ok_or_else(|| no_key_pair(name))
    }

    fn new_name(&self, home: &Home, name: &str) -> Result<(), ApiError> {
        required(name, "keyName")?;
        if name.len() > 255 || !name.is_ascii() {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({name}) for parameter keyName is invalid. Up to 255 ASCII characters."
            )));
        }
        match self.key_pair(home, name) {
            Ok(_) => Err(errors::INVALID_KEY_PAIR_DUPLICATE
                .says(format!("The keypair '{name}' already exists."))),
            Err(_) => Ok(()),
        }
    }

    pub(crate) fn create_key_pair(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateKeyPairInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        self.new_name(&home, &input.key_name)?;
        let kind = input.key_type.as_deref().unwrap_or("rsa");
        if !["rsa", "ed25519"].contains(&kind) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({kind}) for parameter keyType is invalid.")));
        }
        let format = input.key_format.as_deref().unwrap_or("pem");
        if !["pem", "ppk"].contains(&format) {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Value ({format}) for parameter keyFormat is invalid.")));
        }
        let tags = tag::specified(&input.tag_specifications, "key-pair")?;
        let pair = KeyPair {
            id: new_id(cx.ids, "key-"),
            home: home.clone(),
            name: input.key_name.clone(),
            kind: kind.to_owned(),
            fingerprint: match kind {
                "rsa" => with_colons(&cx.ids.bytes(20)),
                _ => BASE64.encode(cx.ids.bytes(32)),
            },
            public_key: None,
            made: cx.now,
        };
        let material = private_half(kind, &cx.ids.bytes(if kind == "rsa" { 1190 } else { 280 }));
        let mut answer = json!({
            "KeyPairId": pair.id,
            "KeyName": pair.name,
            "KeyFingerprint": pair.fingerprint,
            "KeyMaterial": material,
        });
        let id = pair.id.clone();
        self.keep(cx, pair);
        self.tag(cx, &home, &id, tags);
        if self.tags_of(&id).next().is_some() {
            answer["Tags"] = self.tag_list(&id);
        }
        Ok(Answer(answer))
    }

    pub(crate) fn import_key_pair(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ImportKeyPairInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        self.new_name(&home, &input.key_name)?;
        let material = input.public_key_material.as_deref().unwrap_or_default();
        let material = required(material, "publicKeyMaterial")?;
        let invalid =
            || errors::INVALID_KEY_FORMAT.says("Key is not in valid OpenSSH public key format");
        let text = BASE64.decode(material).ok().and_then(|it| String::from_utf8(it).ok());
        let text = text.ok_or_else(invalid)?;
        let key = public_key(&text).ok_or_else(invalid)?;
        let (name, mut rest) = ssh_field(&key).ok_or_else(invalid)?;
        let (kind, fingerprint) = match name {
            b"ssh-rsa" => {
                let (exponent, modulus) = ssh_field(rest).ok_or_else(invalid)?;
                rest = modulus;
                let (modulus, _) = ssh_field(rest).ok_or_else(invalid)?;
                ("rsa", with_colons(&Md5::digest(rsa_document(modulus, exponent))))
            }
            b"ssh-ed25519" => ("ed25519", BASE64.encode(Sha256::digest(&key))),
            _ => return Err(invalid()),
        };
        let tags = tag::specified(&input.tag_specifications, "key-pair")?;
        let pair = KeyPair {
            id: new_id(cx.ids, "key-"),
            home: home.clone(),
            name: input.key_name.clone(),
            kind: kind.to_owned(),
            fingerprint,
            public_key: Some(text),
            made: cx.now,
        };
        let mut answer = json!({
            "KeyPairId": pair.id,
            "KeyName": pair.name,
            "KeyFingerprint": pair.fingerprint,
        });
        let id = pair.id.clone();
        self.keep(cx, pair);
        self.tag(cx, &home, &id, tags);
        if self.tags_of(&id).next().is_some() {
            answer["Tags"] = self.tag_list(&id);
        }
        Ok(Answer(answer))
    }

    /// One that is not there is deleted as well.
    pub(crate) fn delete_key_pair(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteKeyPairInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (name, id) = (input.key_name.as_ref(), input.key_pair_id.as_ref());
        if name.is_none() && id.is_none() {
            return Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter KeyName or KeyPairId"));
        }
        let is_named = |it: &&KeyPair| {
            name.is_none_or(|name| *name == it.name) && id.is_none_or(|id| *id == it.id)
        };
        let found = self.all::<KeyPair>(&home).find(is_named).map(|it| it.id.clone());
        if let Some(id) = &found {
            self.forget::<KeyPair>(cx, id);
        }
        Ok(Answer(json!({"Return": true, "KeyPairId": found})))
    }

    pub(crate) fn describe_key_pairs(
        &self,
        origin: &Origin,
        input: &DescribeKeyPairsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut ids = input.key_pair_ids.clone();
        for name in &input.key_names {
            ids.push(self.key_pair(&home, name)?.id.clone());
        }
        for id in &input.key_pair_ids {
            if !self.all::<KeyPair>(&home).any(|it| it.id == *id) {
                return Err(no_key_pair(id));
            }
        }
        let shows = input.include_public_key == Some(true);
        let mut rows = self.rows(&home, &ids, |it| self.key_pair_row(it, shows))?;
        rows.sort_by_key(|(_, row)| row["KeyName"].to_string());
        listing("KeyPairs", select(rows, &input.filters, FILTERS)?, Page::default())
    }

    fn key_pair_row(&self, pair: &KeyPair, shows_public_key: bool) -> Value {
        let mut row = json!({
            "KeyPairId": pair.id,
            "KeyType": pair.kind,
            "KeyName": pair.name,
            "KeyFingerprint": pair.fingerprint,
            "CreateTime": pair.made.as_epoch_s(),
            "Tags": self.tag_list(&pair.id),
        });
        if let Some(key) = pair.public_key.as_ref().filter(|_| shows_public_key) {
            row["PublicKey"] = json!(key);
        }
        row
    }
}

/// What looks like a private key and is none.
fn private_half(kind: &str, bytes: &[u8]) -> String {
    let name = if kind == "rsa" { "RSA PRIVATE KEY" } else { "OPENSSH PRIVATE KEY" };
    let text = BASE64.encode(bytes);
    let lines: Vec<&str> =
        (0..text.len()).step_by(64).map(|at| &text[at..(at + 64).min(text.len())]).collect();
    format!("-----BEGIN {name}-----\n{}\n-----END {name}-----", lines.join("\n"))
}

/// The bytes of a public key, in OpenSSH's form (`ssh-rsa AAAA… comment`) or in that of RFC 4716.
fn public_key(text: &str) -> Option<Vec<u8>> {
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
fn ssh_field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// An RSA key as X.509 writes it, of which AWS takes the fingerprint.
/// <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/verify-keys.html>
fn rsa_document(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    const RSA_ENCRYPTION: &[u8] =
        &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let numbers = [der(0x02, modulus), der(0x02, exponent)].concat();
    let key = [&[0][..], &der(0x30, &numbers)].concat();
    der(0x30, &[der(0x30, RSA_ENCRYPTION), der(0x03, &key)].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
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
