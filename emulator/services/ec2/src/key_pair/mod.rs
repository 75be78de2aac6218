//! Key pairs. They are kept and named; no instance has a login that a key would open.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-key-pairs.html>

mod private;
mod public;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::call::{Origin, Payload};
use kernel::directory::Home;
use kernel::error::{ApiError, INTERNAL_ERROR};
use kernel::time::Timestamp;
use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, TagSpecification, input, required};
use crate::shelf::{entity, home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors, tag};
use private::Made;
use public::{public_key, rsa_document, ssh_field};

input! {
    CreateKeyPairInput { key_name: String, key_type: Option<String>, tag_specifications: Vec<TagSpecification>, key_format: Option<String>, #[serde(skip)] randomness: Payload }
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
        if name.trim() != name {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says(format!("Invalid value '{name}' for keyName. It should be trimmed")));
        }
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
        // A secret that could be guessed would be none.
        let Payload::Random(randomness) = &input.randomness else {
            return Err((&INTERNAL_ERROR).into());
        };
        let made = Made::new(kind, randomness)?;
        let public = BASE64.encode(made.public_blob());
        let pair = KeyPair {
            id: new_id(cx.ids, "key-"),
            home: home.clone(),
            name: input.key_name.clone(),
            kind: kind.to_owned(),
            fingerprint: made.fingerprint(),
            public_key: Some(format!("{} {public} {}", made.algorithm(), input.key_name)),
            made: cx.now,
        };
        let material = match format {
            "ppk" => made.ppk(&input.key_name),
            _ => made.pem(&input.key_name),
        };
        let mut answer = self.kept_with_tags(cx, pair, tags);
        answer["KeyMaterial"] = material.into();
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
        Ok(Answer(self.kept_with_tags(cx, pair, tags)))
    }

    /// Keeps a new pair, and tells of it.
    fn kept_with_tags(
        &mut self,
        cx: &mut Cx<'_>,
        pair: KeyPair,
        tags: BTreeMap<String, String>,
    ) -> Value {
        let mut told = json!({
            "KeyPairId": pair.id,
            "KeyName": pair.name,
            "KeyFingerprint": pair.fingerprint,
        });
        let (home, id) = (pair.home.clone(), pair.id.clone());
        self.keep(cx, pair);
        self.tag(cx, &home, &id, tags);
        if self.tags_of(&id).next().is_some() {
            told["Tags"] = self.tag_list(&id);
        }
        told
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
