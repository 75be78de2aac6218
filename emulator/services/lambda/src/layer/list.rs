//! Layers and their versions, listed.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::super::Lambda;
use super::super::page::{Page, place_of};
use super::{Layer, LayerArn, LayerVersion, LayerVersionShown};

/// Input of `ListLayers`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListLayersInput {
    compatible_runtime: Option<String>,
    compatible_architecture: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Input of `ListLayerVersions`.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ListLayerVersionsInput {
    pub(in super::super) layer_name: String,
    compatible_runtime: Option<String>,
    compatible_architecture: Option<String>,
    marker: Option<String>,
    max_items: Option<usize>,
}

/// Output of `ListLayers`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayersOutput {
    layers: Vec<LayerShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct LayerShown {
    layer_name: String,
    layer_arn: String,
    latest_matching_version: LayerVersionShown,
}

/// Output of `ListLayerVersions`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayerVersionsOutput {
    layer_versions: Vec<LayerVersionShown>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_marker: Option<String>,
}

impl LayerVersion {
    /// Whether it says that it is for this runtime and architecture.
    fn suits(&self, runtime: Option<&str>, architecture: Option<&str>) -> bool {
        let has = |list: &Option<Vec<String>>, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| list.iter().flatten().any(|it| it == wanted))
        };
        has(&self.compatible_runtimes, runtime) && has(&self.compatible_architectures, architecture)
    }
}

impl Lambda {
    pub(in super::super) fn list_layers(
        &self,
        origin: &Origin,
        input: &ListLayersInput,
    ) -> Result<ListLayersOutput, ApiError> {
        let (runtime, architecture) =
            (input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref());
        let newest = |(arn, layer): (_, &'_ Layer)| {
            let mut versions = layer.versions.values().rev();
            Some((arn, versions.find(|version| version.suits(runtime, architecture))?.listed()))
        };
        let layers = self
            .layers
            .iter()
            .filter(|(arn, _)| arn.account == origin.account && arn.region == origin.region)
            .filter_map(newest);
        let place = |(arn, _): &(&LayerArn, LayerVersionShown)| arn.name.to_string();
        let page = Page::of(layers, place, input.marker.as_deref(), input.max_items);
        let shown = |(arn, latest_matching_version): (&LayerArn, LayerVersionShown)| LayerShown {
            layer_name: arn.name.to_string(),
            layer_arn: arn.to_string(),
            latest_matching_version,
        };
        Ok(ListLayersOutput {
            layers: page.items.into_iter().map(shown).collect(),
            next_marker: page.next_marker,
        })
    }

    /// The newest first.
    pub(in super::super) fn list_layer_versions(
        &self,
        origin: &Origin,
        input: &ListLayerVersionsInput,
    ) -> Result<ListLayerVersionsOutput, ApiError> {
        let (runtime, architecture) =
            (input.compatible_runtime.as_deref(), input.compatible_architecture.as_deref());
        let layer = LayerArn::parse(&input.layer_name, origin);
        let layer = layer.and_then(|layer| self.layers.get(&layer));
        let versions = layer.into_iter().flat_map(|layer| layer.versions.values().rev());
        let versions = versions.filter(|version| version.suits(runtime, architecture));
        let place = |version: &&LayerVersion| place_of(u64::MAX - version.number);
        let page = Page::of(versions, place, input.marker.as_deref(), input.max_items);
        Ok(ListLayerVersionsOutput {
            layer_versions: page.items.into_iter().map(LayerVersion::listed).collect(),
            next_marker: page.next_marker,
        })
    }
}
