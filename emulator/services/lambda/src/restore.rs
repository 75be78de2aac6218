//! Records: made of what there is, and taken back.

use kernel::arn::FunctionArn;

use super::{
    Alias, CodeSigningConfig, EventInvokeConfig, Function, FunctionUrl, Lambda, Layer, LayerArn,
    LayerVersion, Mapping, Pending, ProvisionedConcurrency, Record, Version, record,
};

impl Record {
    pub(crate) fn function(function: &Function) -> Self {
        Self::Function(Box::new(function.into()))
    }

    pub(crate) fn version(function: &FunctionArn, version: &Version) -> Self {
        debug_assert!(version.deployment.arn == *function, "a version names its function");
        Self::Version(Box::new(version.into()))
    }

    pub(crate) fn alias(function: &FunctionArn, alias: &Alias) -> Self {
        Self::Alias(Box::new(record::Alias::of(function, alias)))
    }

    pub(crate) fn function_url(arn: &FunctionArn, url: &FunctionUrl) -> Self {
        Self::FunctionUrl(Box::new(record::FunctionUrl::of(arn, url)))
    }

    pub(crate) fn event_invoke_config(arn: &FunctionArn, config: &EventInvokeConfig) -> Self {
        Self::EventInvokeConfig(Box::new(record::EventInvokeConfig::of(arn, config)))
    }

    pub(crate) fn provisioned(arn: &FunctionArn, config: ProvisionedConcurrency) -> Self {
        Self::ProvisionedConcurrency(Box::new(record::ProvisionedConcurrency::of(arn, config)))
    }

    pub(crate) fn layer(arn: &LayerArn, layer: &Layer) -> Self {
        Self::Layer(Box::new(record::Layer::of(arn, layer)))
    }

    pub(crate) fn layer_version(version: &LayerVersion) -> Self {
        Self::LayerVersion(Box::new(version.into()))
    }

    pub(crate) fn code_signing_config(config: &CodeSigningConfig) -> Self {
        Self::CodeSigningConfig(Box::new(config.into()))
    }

    pub(crate) fn mapping(mapping: &Mapping) -> Self {
        Self::Mapping(Box::new(mapping.into()))
    }

    pub(crate) fn pending(pending: &Pending) -> Self {
        Self::Invocation(Box::new(pending.into()))
    }
}

impl Lambda {
    /// Takes a record of a function, of what belongs to one, or of a layer back.
    pub(crate) fn restore_function(&mut self, record: Record) {
        match record {
            Record::Function(function) => {
                let function = Function::from(*function);
                self.functions.insert(function.arn.clone(), function);
            }
            Record::Version(version) => {
                let version = Version::from(*version);
                let number = version.name().parse();
                if let (Some(function), Ok(number)) =
                    (self.functions.get_mut(&version.deployment.arn), number)
                {
                    function.versions.insert(number, version);
                }
            }
            Record::Alias(alias) => {
                let (arn, alias) = alias.restored();
                if let Some(function) = self.functions.get_mut(&arn) {
                    function.aliases.insert(alias.name.clone(), alias);
                }
            }
            Record::FunctionUrl(url) => {
                let (arn, url) = url.restored();
                self.url_ids.insert(url.id.clone(), arn.clone());
                if let Some(function) = self.functions.get_mut(&arn.unqualified()) {
                    function.urls.insert(arn.qualifier, url);
                }
            }
            Record::EventInvokeConfig(config) => {
                let (arn, config) = config.restored();
                if let Some(function) = self.functions.get_mut(&arn.unqualified()) {
                    let qualifier = arn.qualifier.unwrap_or_default();
                    function.event_invoke_configs.insert(qualifier, config);
                }
            }
            Record::ProvisionedConcurrency(config) => {
                let (arn, config) = config.restored();
                if let Some(function) = self.functions.get_mut(&arn.unqualified()) {
                    function.provisioned.insert(arn.qualifier.unwrap_or_default(), config);
                }
            }
            Record::Layer(layer) => {
                let (arn, published) = layer.restored();
                self.layers.entry(arn).or_default().published = published;
            }
            Record::LayerVersion(version) => {
                let version = LayerVersion::from(*version);
                let layer = self.layers.entry(version.layer.clone()).or_default();
                layer.versions.insert(version.number, version);
            }
            Record::CodeSigningConfig(config) => {
                let config = CodeSigningConfig::from(*config);
                self.code_signing_configs.insert(config.arn.clone(), config);
            }
            Record::Mapping(_) | Record::Invocation(_) => {}
        }
    }

    /// The records of functions and of all that belongs to them, of layers and of code signing.
    pub(crate) fn function_records(&self) -> impl Iterator<Item = Record> + '_ {
        let functions = self.functions.values().flat_map(Function::records);
        let layers = self.layers.iter().flat_map(|(arn, layer)| {
            let versions = layer.versions.values().map(Record::layer_version);
            std::iter::once(Record::layer(arn, layer)).chain(versions)
        });
        let signing = self.code_signing_configs.values().map(Record::code_signing_config);
        functions.chain(layers).chain(signing)
    }
}

impl Function {
    fn records(&self) -> impl Iterator<Item = Record> + '_ {
        let arn = &self.arn;
        let by = move |qualifier: &str| super::qualifier::qualified(arn, qualifier);
        let versions = self.versions.values().map(move |version| Record::version(arn, version));
        let aliases = self.aliases.values().map(move |alias| Record::alias(arn, alias));
        let urls = self.urls.iter().map(move |(alias, url)| {
            let arn = FunctionArn { qualifier: alias.clone(), ..arn.clone() };
            Record::function_url(&arn, url)
        });
        let configs = self.event_invoke_configs.iter();
        let configs =
            configs.map(move |(name, config)| Record::event_invoke_config(&by(name), config));
        let provisioned = self.provisioned.iter();
        let provisioned =
            provisioned.map(move |(name, config)| Record::provisioned(&by(name), *config));
        std::iter::once(Record::function(self))
            .chain(versions)
            .chain(aliases)
            .chain(urls)
            .chain(configs)
            .chain(provisioned)
    }
}
