//! Launch templates and their versions, shown.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::LaunchTemplate;
use super::version::version_row;
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input};
use crate::shelf::home_of;
use crate::{Answer, Ec2, error as errors};

input! {
    DescribeLaunchTemplateVersionsInput { launch_template_id: Option<String>, launch_template_name: Option<String>, versions: Vec<String>, min_version: Option<String>, max_version: Option<String>, next_token: Option<String>, max_results: Option<i64>, filters: Vec<Filter>, resolve_alias: Option<bool> }
    DescribeLaunchTemplatesInput { launch_template_ids: Vec<String>, launch_template_names: Vec<String>, filters: Vec<Filter>, next_token: Option<String>, max_results: Option<i64> }
}

const FILTERS: Filters =
    &[("create-time", "@CreateTime"), ("launch-template-name", "LaunchTemplateName")];

const VERSION_FILTERS: Filters = &[
    ("create-time", "@CreateTime"),
    ("ebs-optimized", "LaunchTemplateData.EbsOptimized"),
    ("http-endpoint", "LaunchTemplateData.MetadataOptions.HttpEndpoint"),
    ("http-protocol-ipv4", "LaunchTemplateData.MetadataOptions.HttpProtocolIpv4"),
    ("host-resource-group-arn", "LaunchTemplateData.Placement.HostResourceGroupArn"),
    ("http-tokens", "LaunchTemplateData.MetadataOptions.HttpTokens"),
    ("iam-instance-profile", "LaunchTemplateData.IamInstanceProfile.Arn"),
    ("image-id", "LaunchTemplateData.ImageId"),
    ("instance-type", "LaunchTemplateData.InstanceType"),
    ("is-default-version", "DefaultVersion"),
    ("kernel-id", "LaunchTemplateData.KernelId"),
    (
        "license-configuration-arn",
        "LaunchTemplateData.LicenseSpecifications.LicenseConfigurationArn",
    ),
    ("network-card-index", "LaunchTemplateData.NetworkInterfaces.NetworkCardIndex"),
    ("ram-disk-id", "LaunchTemplateData.RamDiskId"),
];

/// AWS's answer where versions are asked for and no template.
const OF_WHICH_TEMPLATE: &str = "To describe the launch template data for all your launch templates, for ‘--versions’ specify ‘$Latest’, ‘$Default’, or both, and omit ‘--launch-template-id’, ‘--launch-template-name’, and version numbers. To describe the launch template data for a specific launch template, specify ‘--launch-template-id’ or ‘--launch-template-name’, and for ‘--versions’ specify one or more of the following values: ‘$Latest’, ‘$Default’, or one or more version numbers.";

impl Ec2 {
    pub(crate) fn describe_launch_templates(
        &self,
        origin: &Origin,
        input: &DescribeLaunchTemplatesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut named = Vec::new();
        for id in &input.launch_template_ids {
            named.push(self.template(&home, Some(id), None)?.id.clone());
        }
        for name in &input.launch_template_names {
            let found = self.template(&home, None, Some(name));
            let found = found.map_err(|_| {
                errors::INVALID_LAUNCH_TEMPLATE_NAME_NOT_FOUND.says(
                    "At least one of the launch templates specified in the request does not exist.",
                )
            })?;
            named.push(found.id.clone());
        }
        let is_asked = |it: &&LaunchTemplate| named.is_empty() || named.contains(&it.id);
        let templates = self.all::<LaunchTemplate>(&home).filter(is_asked);
        let rows: Vec<_> = templates.map(|it| (it.id.clone(), self.template_row(it))).collect();
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            least: Some(1),
            ..Page::default()
        };
        listing("LaunchTemplates", select(rows, &input.filters, FILTERS)?, page)
    }

    pub(super) fn template_row(&self, template: &LaunchTemplate) -> Value {
        json!({
            "LaunchTemplateId": template.id,
            "LaunchTemplateName": template.name,
            "CreateTime": template.made.as_epoch_s(),
            "CreatedBy": template.by,
            "DefaultVersionNumber": template.default,
            "LatestVersionNumber": template.latest,
            "Tags": self.tag_list(&template.id),
        })
    }

    /// The versions of one template, the newest first; or the newest or default ones of all.
    pub(crate) fn describe_launch_template_versions(
        &self,
        origin: &Origin,
        input: &DescribeLaunchTemplateVersionsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, name) =
            (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        let mut rows = Vec::new();
        if id.is_none() && name.is_none() {
            let is_alias = |said: &String| matches!(&**said, "$Latest" | "$Default");
            if input.versions.is_empty() {
                return Err(errors::MISSING_PARAMETER.says(OF_WHICH_TEMPLATE));
            }
            if !input.versions.iter().all(is_alias) {
                return Err(errors::INVALID_PARAMETER_VALUE.says(OF_WHICH_TEMPLATE));
            }
            for template in self.all::<LaunchTemplate>(&home) {
                rows.extend(versions(template, &input.versions, (None, None))?);
            }
        } else {
            let template = self.template(&home, id, name)?;
            let number = |said: &Option<String>| {
                said.as_deref().map(|said| template.number(said)).transpose()
            };
            let range = (number(&input.min_version)?, number(&input.max_version)?);
            rows = versions(template, &input.versions, range)?;
        }
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            least: Some(1),
            ..Page::default()
        };
        let rows = select(rows, &input.filters, VERSION_FILTERS)?;
        listing("LaunchTemplateVersions", rows, page)
    }
}

/// Rows by a key in whose order the newest comes first.
fn versions(
    template: &LaunchTemplate,
    said: &[String],
    (least, most): (Option<u64>, Option<u64>),
) -> Result<Vec<(String, Value)>, ApiError> {
    let mut numbers: Vec<u64> = match said.is_empty() {
        true => template.versions.keys().copied().collect(),
        false => {
            said.iter().map(|it| Ok(template.version(it)?.0)).collect::<Result<_, ApiError>>()?
        }
    };
    numbers.sort_unstable_by(|one, other| other.cmp(one));
    numbers.dedup();
    let is_in_range = |number: &u64| {
        least.is_none_or(|least| *number >= least) && most.is_none_or(|most| *number <= most)
    };
    let row = |number: u64| {
        let row = version_row(template, number, &template.versions[&number]);
        (format!("{} {:020}", template.id, u64::MAX - number), row)
    };
    Ok(numbers.into_iter().filter(is_in_range).map(row).collect())
}
