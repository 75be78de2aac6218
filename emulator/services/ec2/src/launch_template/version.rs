//! Versions of a launch template that are made and deleted.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::{LaunchTemplate, TemplateVersion, data_of, maker};
use crate::input::input;
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors, limits};

input! {
    CreateLaunchTemplateVersionInput { client_token: Option<String>, launch_template_id: Option<String>, launch_template_name: Option<String>, source_version: Option<String>, version_description: Option<String>, launch_template_data: Option<Value> }
    DeleteLaunchTemplateVersionsInput { launch_template_id: Option<String>, launch_template_name: Option<String>, versions: Vec<String> }
}

impl Ec2 {
    /// Of what a version is made: what is given, and whatever else its source has.
    pub(crate) fn create_launch_template_version(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateLaunchTemplateVersionInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, name) =
            (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        let mut template = self.template(&home, id, name)?.clone();
        if template.versions.len() >= limits::TEMPLATE_VERSIONS_MAX {
            return Err(errors::INVALID_PARAMETER_VALUE
                .says("The maximum number of versions of the launch template has been reached."));
        }
        let mut data = match &input.source_version {
            Some(said) => template.version(said)?.1.data.clone(),
            None => json!({}),
        };
        match (&input.launch_template_data, &input.source_version) {
            (Some(Value::Object(given)), Some(_)) => {
                if let Some(own) = data.as_object_mut() {
                    own.extend(given.clone());
                }
            }
            (None, Some(_)) => {}
            (given, _) => data = data_of(given.as_ref())?,
        }
        template.latest += 1;
        let number = template.latest;
        let version = TemplateVersion {
            description: input.version_description.clone(),
            made: cx.now.truncated_to_s(),
            by: maker(origin),
            data,
        };
        template.versions.insert(number, version);
        let row = version_row(&template, number, &template.versions[&number]);
        self.keep(cx, template);
        Ok(Answer(json!({"LaunchTemplateVersion": row})))
    }

    pub(crate) fn delete_launch_template_versions(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteLaunchTemplateVersionsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, name) =
            (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        let mut template = self.template(&home, id, name)?.clone();
        let (mut gone, mut kept) = (Vec::new(), Vec::new());
        for said in &input.versions {
            let number = template.number(said)?;
            let mut row = json!({
                "LaunchTemplateId": template.id,
                "LaunchTemplateName": template.name,
                "VersionNumber": number,
            });
            if number == template.default {
                return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Cannot delete the default version {number} of launch template {}.",
                    template.id
                )));
            }
            match template.versions.remove(&number) {
                Some(_) => gone.push(row),
                None => {
                    row["ResponseError"] = json!({
                        "Code": "launchTemplateVersionDoesNotExist",
                        "Message": format!("Could not find the specified version {number} for the launch template with ID {}.", template.id),
                    });
                    kept.push(row);
                }
            }
        }
        self.keep(cx, template);
        Ok(Answer(json!({
            "SuccessfullyDeletedLaunchTemplateVersions": gone,
            "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
        })))
    }
}

pub(super) fn version_row(
    template: &LaunchTemplate,
    number: u64,
    version: &TemplateVersion,
) -> Value {
    let mut row = json!({
        "LaunchTemplateId": template.id,
        "LaunchTemplateName": template.name,
        "VersionNumber": number,
        "CreateTime": version.made.as_epoch_s(),
        "CreatedBy": version.by,
        "DefaultVersion": number == template.default,
        "LaunchTemplateData": version.data,
    });
    if let Some(description) = &version.description {
        row["VersionDescription"] = json!(description);
    }
    row
}
