//! Instance profiles of instances. There is no IAM: any name is taken for that of one.

use kernel::call::Origin;
use kernel::directory::Home;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::request::ProfileSpecification;
use super::{Instance, Profile, change};
use crate::filter::{Filters, Page, listing, select};
use crate::input::{Filter, input, required};
use crate::shelf::{home_of, new_id};
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    AssociateIamInstanceProfileInput { iam_instance_profile: Option<ProfileSpecification>, instance_id: String }
    DescribeIamInstanceProfileAssociationsInput { association_ids: Vec<String>, filters: Vec<Filter>, max_results: Option<i64>, next_token: Option<String> }
    DisassociateIamInstanceProfileInput { association_id: String }
    ReplaceIamInstanceProfileAssociationInput { iam_instance_profile: Option<ProfileSpecification>, association_id: String }
}

const FILTERS: Filters = &[("instance-id", "InstanceId"), ("state", "State")];

/// The ARN of the profile that is named; nothing where none is.
pub(super) fn arn_of(
    home: &Home,
    named: &ProfileSpecification,
) -> Result<Option<String>, ApiError> {
    match (named.arn.as_deref(), named.name.as_deref()) {
        (Some(arn), _) if !arn.is_empty() => {
            let is_one = arn.starts_with("arn:aws:iam::") && arn.contains(":instance-profile/");
            match is_one {
                true => Ok(Some(arn.to_owned())),
                false => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value ({arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN"
                ))),
            }
        }
        (_, Some(name)) if !name.is_empty() => {
            Ok(Some(format!("arn:aws:iam::{}:instance-profile/{name}", home.account)))
        }
        _ => Ok(None),
    }
}

fn association_row(instance: &Instance, profile: &Profile, state: &str) -> Value {
    json!({
        "AssociationId": profile.association,
        "InstanceId": instance.id,
        "IamInstanceProfile": {"Arn": profile.arn, "Id": profile.id},
        "State": state,
    })
}

impl Ec2 {
    fn new_profile(
        cx: &mut Cx<'_>,
        home: &Home,
        named: Option<&ProfileSpecification>,
    ) -> Result<Profile, ApiError> {
        let arn = match named {
            Some(named) => arn_of(home, named)?,
            None => None,
        };
        let arn = arn.ok_or_else(|| {
            errors::MISSING_PARAMETER
                .says("The request must contain the parameter iamInstanceProfile")
        })?;
        Ok(Profile {
            id: change::profile_id(&home.account, &arn),
            arn,
            association: new_id(cx.ids, "iip-assoc-"),
            since: cx.now,
        })
    }

    /// The instance that has the association of this id.
    fn with_profile(
        &self,
        home: &Home,
        association: &str,
    ) -> Result<(Instance, Profile), ApiError> {
        required(association, "AssociationId")?;
        let found = self.all::<Instance>(home).filter(|it| it.holds_address()).find_map(|it| {
            let profile = it.profile.as_ref().filter(|own| own.association == association)?;
            Some((it.clone(), profile.clone()))
        });
        found.ok_or_else(|| {
            errors::INVALID_ASSOCIATION_ID_NOT_FOUND
                .says(format!("An invalid association-id of '{association}' was given"))
        })
    }

    pub(crate) fn associate_iam_instance_profile(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AssociateIamInstanceProfileInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = [required(&input.instance_id, "instanceId")?.to_owned()];
        let Some(instance) = self.instances_of(&home, &ids)?.first().map(|it| (*it).clone()) else {
            return Ok(Answer::empty());
        };
        if instance.profile.is_some() {
            return Err(errors::INCORRECT_STATE
                .says(format!("There is an existing association for instance {}", instance.id)));
        }
        let profile = Self::new_profile(cx, &home, input.iam_instance_profile.as_ref())?;
        let row = association_row(&instance, &profile, "associating");
        self.keep(cx, Instance { profile: Some(profile), ..instance });
        Ok(Answer(json!({"IamInstanceProfileAssociation": row})))
    }

    pub(crate) fn replace_iam_instance_profile_association(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ReplaceIamInstanceProfileAssociationInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let (instance, _) = self.with_profile(&home, &input.association_id)?;
        let profile = Self::new_profile(cx, &home, input.iam_instance_profile.as_ref())?;
        let row = association_row(&instance, &profile, "associating");
        self.keep(cx, Instance { profile: Some(profile), ..instance });
        Ok(Answer(json!({"IamInstanceProfileAssociation": row})))
    }

    pub(crate) fn disassociate_iam_instance_profile(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &DisassociateIamInstanceProfileInput,
    ) -> Result<Answer, ApiError> {
        let (instance, profile) = self.with_profile(&home_of(origin), &input.association_id)?;
        let row = association_row(&instance, &profile, "disassociating");
        self.keep(cx, Instance { profile: None, ..instance });
        Ok(Answer(json!({"IamInstanceProfileAssociation": row})))
    }

    pub(crate) fn describe_iam_instance_profile_associations(
        &self,
        origin: &Origin,
        input: &DescribeIamInstanceProfileAssociationsInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        for id in &input.association_ids {
            self.with_profile(&home, id)?;
        }
        let ids = &input.association_ids;
        let all = self.all::<Instance>(&home).filter(|it| it.holds_address());
        let all = all.filter_map(|it| Some((it, it.profile.as_ref()?)));
        let asked = all.filter(|(_, own)| ids.is_empty() || ids.contains(&own.association));
        let mut rows: Vec<_> = asked
            .map(|(it, own)| (own.association.clone(), association_row(it, own, "associated")))
            .collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        let page = Page {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Page::default()
        };
        listing("IamInstanceProfileAssociations", select(rows, &input.filters, FILTERS)?, page)
    }
}
