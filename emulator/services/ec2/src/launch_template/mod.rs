//! Launch templates with their versions.
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html>

mod describe;
mod version;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::call::Origin;
use kernel::directory::{
    Directory, Home, LaunchTemplate as Entry, LaunchTemplateVersion as EntryVersion,
};
use kernel::error::ApiError;
use kernel::number::decimal;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::input::{TagSpecification, input, required};
use crate::shelf::{entity, home_of, is_well_formed, new_id};
use crate::{Answer, Cx, Ec2, error as errors, tag};

pub use describe::{DescribeLaunchTemplateVersionsInput, DescribeLaunchTemplatesInput};
pub use version::{CreateLaunchTemplateVersionInput, DeleteLaunchTemplateVersionsInput};

input! {
    CreateLaunchTemplateInput { client_token: Option<String>, launch_template_name: String, version_description: Option<String>, launch_template_data: Option<Value>, tag_specifications: Vec<TagSpecification> }
    DeleteLaunchTemplateInput { launch_template_id: Option<String>, launch_template_name: Option<String> }
    ModifyLaunchTemplateInput { client_token: Option<String>, launch_template_id: Option<String>, launch_template_name: Option<String>, default_version: Option<String> }
}

/// A launch template, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LaunchTemplate {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) name: String,
    pub(crate) made: Timestamp,
    pub(crate) by: String,
    pub(crate) default: u64,
    pub(crate) latest: u64,
    pub(crate) versions: BTreeMap<u64, TemplateVersion>,
    pub(crate) client_token: Option<String>,
}

/// A version of one: what instances are launched with, in the shape of `LaunchTemplateData`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TemplateVersion {
    pub(crate) description: Option<String>,
    pub(crate) made: Timestamp,
    pub(crate) by: String,
    pub(crate) data: Value,
}

entity! { LaunchTemplate in launch_templates; "lt-", "launch template ID", "launchTemplateId", INVALID_LAUNCH_TEMPLATE_ID_NOT_FOUND, INVALID_LAUNCH_TEMPLATE_ID_MALFORMED;
    fn enter(&self, directory: &mut Directory) {
        let version = |it: &TemplateVersion| {
            let text = |member: &str| it.data[member].as_str().map(str::to_owned);
            EntryVersion {
                image: text("ImageId"),
                instance_type: text("InstanceType"),
                network_interfaces: it.data.get("NetworkInterfaces").is_some(),
            }
        };
        let entry = Entry {
            home: self.home.clone(),
            name: self.name.clone(),
            default_version: self.default,
            latest_version: self.latest,
            versions: self.versions.iter().map(|(number, it)| (*number, version(it))).collect(),
        };
        directory.launch_templates.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.launch_templates.remove(id);
    }
}

impl LaunchTemplate {
    /// The number of a version: itself, `$Latest` or `$Default`.
    pub(crate) fn number(&self, said: &str) -> Result<u64, ApiError> {
        match said {
            "$Latest" => Ok(self.latest),
            "$Default" => Ok(self.default),
            text => decimal(text).ok_or_else(|| {
                errors::INVALID_PARAMETER_VALUE
                    .says(format!("The specified launch template version ({text}) is not valid."))
            }),
        }
    }

    /// A version that is there.
    pub(crate) fn version(&self, said: &str) -> Result<(u64, &TemplateVersion), ApiError> {
        let number = self.number(said)?;
        self.versions.get(&number).map(|it| (number, it)).ok_or_else(|| self.no_version(number))
    }

    fn no_version(&self, number: u64) -> ApiError {
        errors::INVALID_LAUNCH_TEMPLATE_VERSION_NOT_FOUND.says(format!(
            "Could not find the specified version {number} for the launch template with ID {}.",
            self.id
        ))
    }
}

/// What has to be a structure of data.
fn data_of(data: Option<&Value>) -> Result<Value, ApiError> {
    match data {
        Some(Value::Object(members)) if !members.is_empty() => {
            let said = members.get("UserData").and_then(Value::as_str).unwrap_or_default();
            match BASE64.decode(said.split_whitespace().collect::<String>()) {
                Ok(_) => Ok(Value::Object(members.clone())),
                Err(_) => Err(errors::INVALID_USER_DATA_MALFORMED
                    .says("Invalid BASE64 encoding of user data.")),
            }
        }
        _ => Err(errors::MISSING_PARAMETER
            .says("The request must contain the parameter LaunchTemplateData")),
    }
}

/// Who makes something.
fn maker(origin: &Origin) -> String {
    origin.caller.arn().unwrap_or_else(|| format!("arn:aws:iam::{}:root", origin.account))
}

impl Ec2 {
    /// The template that is named, by id or by name.
    pub(crate) fn template(
        &self,
        home: &Home,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Result<&LaunchTemplate, ApiError> {
        match (id, name) {
            (Some(_), Some(_)) => Err(errors::INVALID_PARAMETER_COMBINATION.says(
                "The parameter LaunchTemplateName cannot be used with the parameter LaunchTemplateId",
            )),
            (Some(id), None) => {
                let found = self.launch_templates.get(id).filter(|it| it.home == *home);
                found.ok_or_else(|| match is_well_formed(id, "lt-") {
                    true => errors::INVALID_LAUNCH_TEMPLATE_ID_NOT_FOUND.says(format!(
                        "The specified launch template, with template ID {id}, does not exist."
                    )),
                    false => errors::INVALID_LAUNCH_TEMPLATE_ID_MALFORMED
                        .says(format!("The launch template ID '{id}' is not valid")),
                })
            }
            (None, Some(name)) => {
                let mut all = self.all::<LaunchTemplate>(home);
                all.find(|it| it.name == name).ok_or_else(|| {
                    errors::INVALID_LAUNCH_TEMPLATE_NAME_NOT_FOUND.says(format!(
                        "The specified launch template, with template name {name}, does not exist."
                    ))
                })
            }
            (None, None) => Err(errors::MISSING_PARAMETER.says(
                "The request must contain the parameter launch template ID or launch template name",
            )),
        }
    }

    pub(crate) fn create_launch_template(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateLaunchTemplateInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let name = required(&input.launch_template_name, "LaunchTemplateName")?;
        let fits = |letter: char| letter.is_ascii_alphanumeric() || "().-/_".contains(letter);
        if !(3..=128).contains(&name.len()) || !name.chars().all(fits) {
            return Err(errors::INVALID_LAUNCH_TEMPLATE_NAME_MALFORMED.says(
                "A launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the following characters: - ( ) . / _.",
            ));
        }
        let token = input.client_token.as_deref().filter(|token| !token.is_empty());
        let before = self
            .all::<LaunchTemplate>(&home)
            .find(|it| token.is_some() && it.client_token.as_deref() == token);
        if let Some(before) = before.filter(|it| it.name == name) {
            return Ok(Answer(json!({"LaunchTemplate": self.template_row(before)})));
        }
        if self.all::<LaunchTemplate>(&home).any(|it| it.name == name) {
            return Err(errors::INVALID_LAUNCH_TEMPLATE_NAME_ALREADY_EXISTS
                .says("Launch template name already in use."));
        }
        let data = data_of(input.launch_template_data.as_ref())?;
        let tags = tag::specified(&input.tag_specifications, "launch-template")?;
        let by = maker(origin);
        let first = TemplateVersion {
            description: input.version_description.clone(),
            made: cx.now.truncated_to_s(),
            by: by.clone(),
            data,
        };
        let template = LaunchTemplate {
            id: new_id(cx.ids, "lt-"),
            home: home.clone(),
            name: name.to_owned(),
            made: cx.now.truncated_to_s(),
            by,
            default: 1,
            latest: 1,
            versions: BTreeMap::from([(1, first)]),
            client_token: token.map(str::to_owned),
        };
        let id = template.id.clone();
        self.keep(cx, template);
        self.tag(cx, &home, &id, tags);
        let row = self.template_row(self.find(&home, &id)?);
        Ok(Answer(json!({"LaunchTemplate": row})))
    }

    pub(crate) fn modify_launch_template(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyLaunchTemplateInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, name) =
            (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        if id.is_some() && name.is_some() {
            return Err(errors::INVALID_PARAMETER_COMBINATION.says(
                "Either provide launch template ID or launch template name to modify the template.",
            ));
        }
        let mut template = self.template(&home, id, name)?.clone();
        if let Some(said) = &input.default_version {
            let number = template.number(said)?;
            if !template.versions.contains_key(&number) {
                return Err(errors::INVALID_LAUNCH_TEMPLATE_VERSION_NOT_FOUND.says(format!(
                    "The launch template version {number} is not found for the specified launch template."
                )));
            }
            template.default = number;
        }
        let id = template.id.clone();
        self.keep(cx, template);
        let row = self.template_row(self.find(&home, &id)?);
        Ok(Answer(json!({"LaunchTemplate": row})))
    }

    pub(crate) fn delete_launch_template(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteLaunchTemplateInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (id, name) =
            (input.launch_template_id.as_deref(), input.launch_template_name.as_deref());
        let template = self.template(&home, id, name)?;
        let (id, row) = (template.id.clone(), self.template_row(template));
        self.forget::<LaunchTemplate>(cx, &id);
        Ok(Answer(json!({"LaunchTemplate": row})))
    }
}
