//! Layers: zips that are laid under `/opt` of functions, published in versions.
//!
//! <https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>

mod list;
mod policy;

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::arn::Parts;
use kernel::call::{Origin, Payload};
use kernel::content::Content;
use kernel::error::ApiError;
use kernel::names::{AccountId, Region};
use kernel::record::Key;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

pub use list::*;
pub use policy::*;

use super::code::Package;
use super::{CodeObject, Lambda, Layered, NothingOutput};
use crate::error::UserError as _;
use crate::{Cx, Kind, Record, error as refuse, limits};

/// Which layer: `arn:aws:lambda:region:account:layer:name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LayerArn {
    /// Its region.
    pub region: Region,
    /// Its owner.
    pub account: AccountId,
    /// Its name.
    pub name: Box<str>,
}

/// A layer. Without versions it is remembered, so that no number is given again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// How many versions were ever published.
    pub(crate) published: u64,
    /// Those that are still there.
    pub(crate) versions: BTreeMap<u64, LayerVersion>,
}

/// A version of a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerVersion {
    pub(crate) layer: LayerArn,
    pub(crate) number: u64,
    pub(crate) description: String,
    pub(crate) license_info: Option<String>,
    pub(crate) compatible_runtimes: Option<Vec<String>>,
    pub(crate) compatible_architectures: Option<Vec<String>>,
    pub(crate) content: Content,
    pub(crate) created: Timestamp,
    pub(crate) policy: Vec<LayerStatement>,
    pub(crate) policy_revision_id: String,
}

/// Input of `PublishLayerVersion`. `Content.ZipFile` comes as a blob.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PublishLayerVersionInput {
    pub(super) layer_name: String,
    description: Option<String>,
    #[serde(default)]
    content: LayerContent,
    compatible_runtimes: Option<Vec<String>>,
    license_info: Option<String>,
    compatible_architectures: Option<Vec<String>>,
    /// The zip.
    #[serde(skip)]
    pub zip: Payload,
}

/// `LayerVersionContentInput`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct LayerContent {
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
}

impl PublishLayerVersionInput {
    /// The object, where the zip lies in S3.
    #[must_use]
    pub fn code_location(&self) -> Option<CodeObject<'_>> {
        Some(CodeObject {
            bucket: self.content.s3_bucket.as_deref()?,
            key: self.content.s3_key.as_deref()?,
            version: self.content.s3_object_version.as_deref(),
        })
    }
}

/// Input of operations on a version of a layer.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LayerVersionInput {
    pub(super) layer_name: String,
    pub(super) version_number: i64,
}

/// Input of `GetLayerVersionByArn`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LayerVersionArnInput {
    pub(super) arn: String,
}

/// Output of `PublishLayerVersion`, `GetLayerVersion` and `GetLayerVersionByArn`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionOutput {
    content: LayerContentShown,
    layer_arn: String,
    #[serde(flatten)]
    version: LayerVersionShown,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LayerContentShown {
    location: String,
    code_sha256: String,
    code_size: u64,
}

/// `LayerVersionsListItem`
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct LayerVersionShown {
    layer_version_arn: String,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    created_date: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    compatible_runtimes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compatible_architectures: Option<Vec<String>>,
}

impl LayerArn {
    /// A layer's name, which is one of the caller's own, or its ARN. The model has let it through.
    pub(crate) fn parse(text: &str, origin: &Origin) -> Option<Self> {
        if !text.starts_with("arn:") {
            let (region, account) = (origin.region.clone(), origin.account.clone());
            return Some(Self { region, account, name: text.into() });
        }
        Self::parse_arn(text)
    }

    fn parse_arn(text: &str) -> Option<Self> {
        let parts = Parts::parse_ours(text).filter(|parts| parts.service == "lambda")?;
        Some(Self {
            region: Region::parse(parts.region)?,
            account: AccountId::parse(parts.account)?,
            name: parts.resource.strip_prefix("layer:")?.into(),
        })
    }

    /// A layer and the number of a version of it.
    pub(crate) fn parse_version(text: &str, origin: &Origin) -> Option<(Self, u64)> {
        let (layer, number) = text.rsplit_once(':')?;
        Some((Self::parse(layer, origin)?, number.parse().ok()?))
    }
}

impl fmt::Display for LayerArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:lambda:{}:{}:layer:{}", self.region, self.account, self.name)
    }
}

impl Layer {
    /// Where the record of a layer is kept.
    pub(crate) fn key_of(layer: &LayerArn) -> Key {
        Key::named(Kind::Layer, layer.to_string())
    }
}

impl LayerVersion {
    /// Where the record of a layer's version is kept.
    pub(crate) fn key_of(layer: &LayerArn, number: u64) -> Key {
        Key::named(Kind::LayerVersion, format!("{layer}:{number}"))
    }

    /// Its ARN, with its number.
    pub(crate) fn arn(&self) -> String {
        format!("{}:{}", self.layer, self.number)
    }

    fn shown(&self) -> LayerVersionShown {
        LayerVersionShown {
            layer_version_arn: self.arn(),
            version: self.number,
            description: Some(self.description.clone()),
            created_date: self.created.iso8601_offset(),
            compatible_runtimes: self.compatible_runtimes.clone(),
            license_info: self.license_info.clone(),
            compatible_architectures: self.compatible_architectures.clone(),
        }
    }

    /// As lists show it: without a description that it has not.
    fn listed(&self) -> LayerVersionShown {
        let shown = self.shown();
        LayerVersionShown { description: shown.description.filter(|it| !it.is_empty()), ..shown }
    }

    fn output(&self, origin: &Origin) -> LayerVersionOutput {
        LayerVersionOutput {
            content: LayerContentShown {
                location: format!("{}/_cloudless/layers/{}/code.zip", origin.endpoint, self.arn()),
                code_sha256: BASE64.encode(self.content.sha256().unwrap_or_default()),
                code_size: self.content.size_bytes(),
            },
            layer_arn: self.layer.to_string(),
            version: self.shown(),
        }
    }
}

impl Lambda {
    /// The zip of a layer's version, by its ARN.
    #[must_use]
    pub fn layer_content(&self, arn: &str) -> Option<&Content> {
        let (layer, number) = arn.rsplit_once(':')?;
        let layer = self.layers.get(&LayerArn::parse_arn(layer)?)?;
        Some(&layer.versions.get(&number.parse().ok()?)?.content)
    }

    pub(super) fn publish_layer_version(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: PublishLayerVersionInput,
    ) -> Result<LayerVersionOutput, ApiError> {
        let layer = LayerArn::parse(&input.layer_name, origin).ok_or_else(no_resource)?;
        let content = Package::of(input.zip)?.ok_or_else(|| {
            refuse::INVALID_PARAMETER_VALUE.user("Please provide a source for function code.")
        })?;
        let entry = self.layers.entry(layer.clone()).or_default();
        let number = entry.published + 1;
        let version = LayerVersion {
            layer: layer.clone(),
            number,
            description: input.description.unwrap_or_default(),
            license_info: input.license_info,
            compatible_runtimes: input.compatible_runtimes,
            compatible_architectures: input.compatible_architectures,
            content: content.referred_to(cx),
            created: cx.now,
            policy: Vec::new(),
            policy_revision_id: cx.ids.uuid(),
        };
        entry.published = number;
        cx.put(|| Record::layer(&layer, entry));
        cx.put(|| Record::layer_version(&version));
        let output = version.output(origin);
        entry.versions.insert(number, version);
        Ok(output)
    }

    pub(super) fn get_layer_version(
        &self,
        origin: &Origin,
        input: &LayerVersionInput,
    ) -> Result<LayerVersionOutput, ApiError> {
        let number = at_least_one(input.version_number)?;
        let layer = LayerArn::parse(&input.layer_name, origin).ok_or_else(no_resource)?;
        let version = self.layers.get(&layer).and_then(|layer| layer.versions.get(&number));
        Ok(version.ok_or_else(no_resource)?.output(origin))
    }

    pub(super) fn get_layer_version_by_arn(
        &self,
        origin: &Origin,
        input: &LayerVersionArnInput,
    ) -> Result<LayerVersionOutput, ApiError> {
        let (layer, number) =
            LayerArn::parse_version(&input.arn, origin).ok_or_else(no_resource)?;
        let version = self.layers.get(&layer).and_then(|layer| layer.versions.get(&number));
        Ok(version.ok_or_else(no_resource)?.output(origin))
    }

    /// Functions that use the version keep it. One that is not there is deleted as well.
    pub(super) fn delete_layer_version(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &LayerVersionInput,
    ) -> Result<NothingOutput, ApiError> {
        let number = at_least_one(input.version_number)?;
        let layer = LayerArn::parse(&input.layer_name, origin).ok_or_else(no_resource)?;
        let versions = self.layers.get_mut(&layer).map(|layer| &mut layer.versions);
        if let Some(version) = versions.and_then(|versions| versions.remove(&number)) {
            cx.release(&version.content);
            cx.delete(|| LayerVersion::key_of(&layer, number));
        }
        Ok(NothingOutput {})
    }

    /// The versions of layers that a function is to have.
    ///
    /// # Errors
    /// There are too many, two of one layer, or one that is not there or not for the caller.
    pub(super) fn layered(
        &self,
        arns: &[String],
        origin: &Origin,
    ) -> Result<Vec<Layered>, ApiError> {
        let refused = |text: String| Err(refuse::INVALID_PARAMETER_VALUE.user(text));
        if arns.len() > limits::LAYERS_MAX {
            return refused(format!("Cannot reference more than {} layers.", limits::LAYERS_MAX));
        }
        let mut found = BTreeMap::new();
        let mut layered = Vec::with_capacity(arns.len());
        for arn in arns {
            let missing = || format!("Layer version {arn} does not exist.");
            let Some((layer, number)) = LayerArn::parse_version(arn, origin) else {
                return refused(missing());
            };
            if layer.region != origin.region {
                return refused(format!(
                    "Layers are not in the same region as the function. Layers are expected to be in region {}.",
                    origin.region
                ));
            }
            let version = self.layers.get(&layer).and_then(|layer| layer.versions.get(&number));
            let is_own = layer.account == origin.account;
            let version = match version {
                Some(version) if is_own || version.lets(&origin.account) => version,
                None if is_own => return refused(missing()),
                _ => return Err(not_for_stranger(arn, origin)),
            };
            if let Some(other) = found.insert(layer, arn) {
                return refused(format!(
                    "Two different versions of the same layer are not allowed to be referenced in the same function. {other} and {arn} are versions of the same layer."
                ));
            }
            layered.push(Layered { arn: version.arn(), content: version.content.clone() });
        }
        let size_bytes: u64 = layered.iter().map(|layer| layer.content.size_bytes()).sum();
        if size_bytes >= limits::UNZIPPED_SIZE_BYTES_MAX {
            return refused(format!(
                "Function code combined with layers exceeds the maximum allowed size of {} bytes. The actual size is {size_bytes} bytes.",
                limits::UNZIPPED_SIZE_BYTES_MAX
            ));
        }
        Ok(layered)
    }
}

fn at_least_one(number: i64) -> Result<u64, ApiError> {
    u64::try_from(number)
        .ok()
        .filter(|number| *number > 0)
        .ok_or_else(|| refuse::INVALID_PARAMETER_VALUE.user("Layer Version Cannot be less than 1"))
}

fn no_resource() -> ApiError {
    refuse::RESOURCE_NOT_FOUND.user("The resource you requested does not exist.")
}

fn not_for_stranger(arn: &str, origin: &Origin) -> ApiError {
    let who = origin.caller.arn().unwrap_or_else(|| "anonymous".into());
    refuse::ACCESS_DENIED.user(format!(
        "User: {who} is not authorized to perform: lambda:GetLayerVersion on resource: {arn} because no resource-based policy allows the lambda:GetLayerVersion action"
    ))
}
