//! By what a group launches instances, as it is told and as it tells it.

mod template;

use kernel::call::Origin;
use kernel::directory::Directory;
use kernel::error::ApiError;

use crate::AutoScaling;
use crate::error::invalid;
use crate::key::ConfigurationKey;
use crate::record::{LaunchSource, TemplateRef};
use crate::shape::{
    InstancesDistribution, LaunchTemplateOverrides, LaunchTemplateSpecification,
    MixedInstancesPolicy,
};

pub(crate) use template::{template_ref, version_of};

/// What a request names of it.
#[derive(Default)]
pub(crate) struct Named<'a> {
    pub(crate) configuration: Option<&'a String>,
    pub(crate) template: Option<&'a LaunchTemplateSpecification>,
    pub(crate) mixed: Option<&'a MixedInstancesPolicy>,
}

impl AutoScaling {
    /// What a request names, if it names anything.
    ///
    /// # Errors
    /// It names several, or what is not there.
    pub(crate) fn source(
        &self,
        directory: &Directory,
        origin: &Origin,
        named: &Named<'_>,
    ) -> Result<Option<LaunchSource>, ApiError> {
        Ok(Some(match (named.configuration, named.template, named.mixed) {
            (None, None, None) => return Ok(None),
            (Some(name), None, None) => {
                if !self.configurations.contains_key(&ConfigurationKey::own(origin, name)) {
                    return Err(invalid(format!(
                        "Launch configuration name not found - Launch configuration {name} not found"
                    )));
                }
                LaunchSource::Configuration(name.clone())
            }
            (None, Some(template), None) => {
                LaunchSource::Template(template_ref(directory, origin, template, false)?)
            }
            (None, None, Some(mixed)) => mixed_source(directory, origin, mixed)?,
            _ => {
                return Err(invalid(
                    "Valid requests must contain either LaunchTemplate, LaunchConfigurationName, InstanceId or MixedInstancesPolicy parameter.",
                ));
            }
        }))
    }
}

pub(crate) fn mixed_source(
    directory: &Directory,
    origin: &Origin,
    mixed: &MixedInstancesPolicy,
) -> Result<LaunchSource, ApiError> {
    let mut mixed = mixed.clone();
    let Some(template) = &mut mixed.launch_template else {
        return Err(invalid("You must specify a launch template in the MixedInstancesPolicy."));
    };
    let Some(specification) = &mut template.launch_template_specification else {
        return Err(invalid(
            "Valid requests must contain either launchTemplateId or LaunchTemplateName",
        ));
    };
    let overrides = template.overrides.get_or_insert_default();
    let has_own_image = overrides.first().is_some_and(|first| first.image_id.is_some());
    *specification = template_ref(directory, origin, specification, has_own_image)?.told();
    for specification in
        overrides.iter_mut().filter_map(|it| it.launch_template_specification.as_mut())
    {
        *specification = template_ref(directory, origin, specification, has_own_image)?.told();
    }
    let told = mixed.instances_distribution.take().unwrap_or_default();
    let by_price = told.spot_allocation_strategy.as_deref().is_none_or(|it| it == "lowest-price");
    mixed.instances_distribution = Some(InstancesDistribution {
        on_demand_allocation_strategy: told
            .on_demand_allocation_strategy
            .or_else(|| Some("prioritized".to_owned())),
        on_demand_base_capacity: told.on_demand_base_capacity.or(Some(0)),
        on_demand_percentage_above_base_capacity: told
            .on_demand_percentage_above_base_capacity
            .or(Some(100)),
        spot_allocation_strategy: told
            .spot_allocation_strategy
            .or_else(|| Some("lowest-price".to_owned())),
        spot_instance_pools: told.spot_instance_pools.or(by_price.then_some(2)),
        spot_max_price: told.spot_max_price,
    });
    Ok(LaunchSource::Mixed(Box::new(mixed)))
}

impl TemplateRef {
    /// As answers tell it.
    pub(crate) fn told(&self) -> LaunchTemplateSpecification {
        LaunchTemplateSpecification {
            launch_template_id: Some(self.id.clone()),
            launch_template_name: Some(self.name.clone()),
            version: self.version.clone(),
        }
    }
}

impl LaunchSource {
    /// The template by which the next instance is launched, and what is to be otherwise than it says.
    pub(crate) fn template(&self) -> Option<(TemplateRef, Option<&LaunchTemplateOverrides>)> {
        match self {
            Self::Configuration(_) => None,
            Self::Template(template) => Some((template.clone(), None)),
            Self::Mixed(mixed) => {
                let template = mixed.launch_template.as_ref()?;
                let first = template.overrides.iter().flatten().next();
                let own = first.and_then(|it| it.launch_template_specification.as_ref());
                let named = own.or(template.launch_template_specification.as_ref())?;
                let reference = TemplateRef {
                    id: named.launch_template_id.clone()?,
                    name: named.launch_template_name.clone()?,
                    version: named.version.clone(),
                };
                Some((reference, first))
            }
        }
    }
}
