//! The launch template that a group names, found in what is known of EC2.

use kernel::call::Origin;
use kernel::directory::{Directory, LaunchTemplate};
use kernel::error::ApiError;

use crate::error::invalid;
use crate::record::TemplateRef;
use crate::shape::LaunchTemplateSpecification;

/// The template that is named, with its id and name.
///
/// # Errors
/// There is none, or no such version, or it names no image.
pub(crate) fn template_ref(
    directory: &Directory,
    origin: &Origin,
    named: &LaunchTemplateSpecification,
    has_own_image: bool,
) -> Result<TemplateRef, ApiError> {
    let is_own = |template: &LaunchTemplate| {
        (&template.home.account, &template.home.region) == (&origin.account, &origin.region)
    };
    let (found, named_by) = match (&named.launch_template_id, &named.launch_template_name) {
        (Some(id), None) => {
            let found = directory.launch_templates.get_key_value(id);
            (found, format!("template ID {id}"))
        }
        (None, Some(name)) => {
            let mut all = directory.launch_templates.iter();
            let found = all.find(|(_, template)| is_own(template) && template.name == *name);
            (found, format!("template name {name}"))
        }
        _ => {
            return Err(invalid(
                "Valid requests must contain either launchTemplateId or LaunchTemplateName",
            ));
        }
    };
    let Some((id, template)) = found.filter(|(_, template)| is_own(template)) else {
        return Err(invalid(format!(
            "You must use a valid fully-formed launch template. The specified launch template, with {named_by}, does not exist."
        )));
    };
    let number = version_of(template, named.version.as_deref());
    let Some(version) = number.and_then(|number| template.versions.get(&number)) else {
        let version = named.version.as_deref().unwrap_or_default();
        return Err(invalid(format!(
            "You must use a valid fully-formed launch template. The specified launch template, with {named_by}, and version {version}, does not exist."
        )));
    };
    if version.image.is_none() && !has_own_image {
        return Err(invalid(
            "You must use a valid fully-formed launch template. The request must contain the parameter ImageId",
        ));
    }
    let version = named.version.clone();
    Ok(TemplateRef { id: id.clone(), name: template.name.clone(), version })
}

/// The number of a version as it is named: a number, `$Latest`, `$Default` or nothing, which is the default one.
pub(crate) fn version_of(template: &LaunchTemplate, version: Option<&str>) -> Option<u64> {
    match version {
        None | Some("$Default") => Some(template.default_version),
        Some("$Latest") => Some(template.latest_version),
        Some(number) => number.parse().ok(),
    }
}
