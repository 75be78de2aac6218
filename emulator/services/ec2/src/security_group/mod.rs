//! Security groups: who may connect to what.
//! <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-groups.html>

mod change;
mod describe;
mod description;
mod permission;
mod reach;
mod rule;

use kernel::call::Origin;
use kernel::directory::{Directory, Home, SecurityGroup as Entry};
use kernel::error::ApiError;
use kernel::ids::Ids;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::input::{TagSpecification, input, required};
use crate::shelf::{entity, home_of, new_id};
use crate::vpc::Vpc;
use crate::{Answer, Cx, Ec2, error as errors, limits, tag};

pub use change::{
    AuthorizeSecurityGroupEgressInput, AuthorizeSecurityGroupIngressInput,
    ModifySecurityGroupRulesInput, RevokeSecurityGroupEgressInput, RevokeSecurityGroupIngressInput,
};
pub use describe::{
    DescribeSecurityGroupReferencesInput, DescribeSecurityGroupRulesInput,
    DescribeSecurityGroupsInput, DescribeStaleSecurityGroupsInput, GetSecurityGroupsForVpcInput,
};
pub use description::{
    UpdateSecurityGroupRuleDescriptionsEgressInput, UpdateSecurityGroupRuleDescriptionsIngressInput,
};
pub use reach::Endpoint;
pub use rule::{Peer, Rule};

input! {
    CreateSecurityGroupInput { description: String, group_name: String, vpc_id: Option<String>, tag_specifications: Vec<TagSpecification> }
    DeleteSecurityGroupInput { group_id: Option<String>, group_name: Option<String> }
}

/// A security group, stored as it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecurityGroup {
    pub(crate) id: String,
    pub(crate) home: Home,
    pub(crate) vpc: String,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) rules: Vec<Rule>,
}

entity! { SecurityGroup in security_groups; "sg-", "security group", "groupId", INVALID_GROUP_NOT_FOUND, INVALID_GROUP_ID_MALFORMED;
    fn enter(&self, directory: &mut Directory) {
        let entry =
            Entry { home: self.home.clone(), vpc: self.vpc.clone(), name: self.name.clone() };
        directory.security_groups.insert(self.id.clone(), entry);
    }

    fn leave(id: &str, directory: &mut Directory) {
        directory.security_groups.remove(id);
    }
}

impl SecurityGroup {
    /// One that lets everything out and nothing in.
    fn new(ids: &mut Ids, home: &Home, vpc: &str, name: &str, description: &str) -> Self {
        Self {
            id: new_id(ids, "sg-"),
            home: home.clone(),
            vpc: vpc.to_owned(),
            name: name.to_owned(),
            description: description.to_owned(),
            rules: vec![Rule::all(ids, true, Peer::Cidr("0.0.0.0/0".to_owned()))],
        }
    }

    pub(crate) fn arn(&self) -> String {
        let Home { account, region } = &self.home;
        format!("arn:aws:ec2:{region}:{account}:security-group/{}", self.id)
    }
}

/// The name of the group that each network has from the beginning.
const DEFAULT: &str = "default";

impl Ec2 {
    pub(crate) fn make_default_security_group(
        &mut self,
        cx: &mut Cx<'_>,
        ids: &mut Ids,
        home: &Home,
        vpc: &str,
    ) {
        let mut group = SecurityGroup::new(ids, home, vpc, DEFAULT, "default VPC security group");
        let own = Peer::Group { account: home.account.clone(), id: group.id.clone() };
        group.rules.push(Rule::all(ids, false, own));
        self.keep(cx, group);
    }

    pub(crate) fn default_security_group_id(&self, vpc: &str) -> Option<String> {
        let mut groups = self.security_groups.values();
        groups.find(|it| it.vpc == vpc && it.name == DEFAULT).map(|it| it.id.clone())
    }

    pub(crate) fn forget_security_group(&mut self, cx: &mut Cx<'_>, id: &str) {
        let rules = self.security_groups.get(id).map(|it| it.rules.clone()).unwrap_or_default();
        rules.iter().for_each(|rule| self.forget_tags(cx, &rule.id));
        self.forget::<SecurityGroup>(cx, id);
    }

    pub(crate) fn create_security_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &CreateSecurityGroupInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let name = required(&input.group_name, "groupName")?;
        let description = required(&input.description, "groupDescription")?;
        for (text, what) in [(name, "groupName"), (description, "groupDescription")] {
            validate_text(text, what)?;
        }
        if name.starts_with("sg-") {
            return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "Value ({name}) for parameter GroupName is invalid. Group names may not be in the format sg-*."
            )));
        }
        let vpc: &Vpc = match &input.vpc_id {
            Some(id) => self.find(&home, id)?,
            None => self
                .default_vpc(&home)
                .ok_or_else(|| errors::VPC_ID_NOT_SPECIFIED.says("No default VPC for this user"))?,
        };
        if name.eq_ignore_ascii_case(DEFAULT) {
            return Err(errors::INVALID_GROUP_RESERVED
                .says(format!("Cannot use reserved security group name: {name}")));
        }
        if self.security_groups.values().any(|it| it.vpc == vpc.id && it.name == name) {
            return Err(errors::INVALID_GROUP_DUPLICATE
                .says(format!("The security group '{name}' already exists for VPC '{}'", vpc.id)));
        }
        let tags = tag::specified(&input.tag_specifications, "security-group")?;
        let group = SecurityGroup::new(cx.ids, &home, &vpc.id, name, description);
        let (id, arn) = (group.id.clone(), group.arn());
        self.keep(cx, group);
        self.tag(cx, &home, &id, tags);
        Ok(Answer(json!({
            "GroupId": id,
            "SecurityGroupArn": arn,
            "Tags": self.tag_list(&id),
        })))
    }

    /// The group that a call names, by id or by name; by name those of the default network.
    fn named_group(
        &self,
        home: &Home,
        id: Option<&str>,
        name: Option<&str>,
    ) -> Result<&SecurityGroup, ApiError> {
        match (id.filter(|id| !id.is_empty()), name) {
            (Some(_), Some(_)) => Err(errors::INVALID_PARAMETER_COMBINATION
                .says("The parameter groupName cannot be used with the parameter groupId")),
            (Some(id), None) => self.find(home, id),
            (None, Some(name)) => self.group_of_default_vpc(home, name),
            (None, None) => Err(errors::MISSING_PARAMETER
                .says("The request must contain the parameter groupName or groupId")),
        }
    }

    /// The group of this name in the default network.
    pub(crate) fn group_of_default_vpc(
        &self,
        home: &Home,
        name: &str,
    ) -> Result<&SecurityGroup, ApiError> {
        let Some(vpc) = self.default_vpc(home) else {
            return Err(errors::VPC_ID_NOT_SPECIFIED.says("No default VPC for this user"));
        };
        let mut groups = self.security_groups.values();
        groups.find(|it| it.vpc == vpc.id && it.name == name).ok_or_else(|| {
            errors::INVALID_GROUP_NOT_FOUND.says(format!(
                "The security group '{name}' does not exist in default VPC '{}'",
                vpc.id
            ))
        })
    }

    pub(crate) fn delete_security_group(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DeleteSecurityGroupInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let group =
            self.named_group(&home, input.group_id.as_deref(), input.group_name.as_deref())?;
        let id = group.id.clone();
        if group.name == DEFAULT {
            return Err(errors::CANNOT_DELETE.says(format!(
                "the specified group: \"{id}\" name: \"{DEFAULT}\" cannot be deleted by a user"
            )));
        }
        let others = self.security_groups.values().filter(|it| it.id != id);
        let is_used = self.instances.values().any(|it| it.is_in_group(&id))
            || others.into_iter().any(|it| it.rules.iter().any(|rule| rule.names_group(&id)));
        if is_used {
            return Err(
                errors::DEPENDENCY_VIOLATION.says(format!("resource {id} has a dependent object"))
            );
        }
        self.forget_security_group(cx, &id);
        Ok(Answer(json!({"Return": true, "GroupId": id})))
    }
}

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>
fn validate_text(text: &str, what: &str) -> Result<(), ApiError> {
    let fits =
        |letter: char| letter.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(letter);
    if text.chars().count() > limits::GROUP_NAME_LENGTH_MAX {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "Value ({text}) for parameter {what} is invalid. Character limit of {} exceeded.",
            limits::GROUP_NAME_LENGTH_MAX
        )));
    }
    if !text.chars().all(fits) {
        return Err(errors::INVALID_PARAMETER_VALUE.says(format!(
            "Value ({text}) for parameter {what} is invalid. Character sets beyond ASCII are not supported."
        )));
    }
    Ok(())
}
