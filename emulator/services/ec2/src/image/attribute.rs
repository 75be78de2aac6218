//! What an image is asked and told one by one: who may launch it, what is said of it.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde_json::{Value, json};

use super::{Image, Launcher};
use crate::input::{Text, input, required};
use crate::shelf::home_of;
use crate::{Answer, Cx, Ec2, error as errors};

input! {
    DescribeImageAttributeInput { attribute: String, image_id: String }
    ModifyImageAttributeInput { attribute: Option<String>, description: Option<Text>, image_id: String, launch_permission: Option<Value>, operation_type: Option<String>, product_codes: Vec<String>, user_groups: Vec<String>, user_ids: Vec<String>, value: Option<String>, organization_arns: Vec<String>, organizational_unit_arns: Vec<String>, imds_support: Option<Text> }
    ResetImageAttributeInput { attribute: String, image_id: String }
}

/// One whom launching is allowed, or is no more.
#[derive(Debug, PartialEq)]
enum Whom {
    Everybody,
    One(Launcher),
}

fn account(id: &str) -> Result<Whom, ApiError> {
    match id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(Whom::One(Launcher::Account(id.to_owned()))),
        false => Err(errors::INVALID_AMI_ATTRIBUTE_ITEM_VALUE
            .says(format!("Invalid attribute item value \"{id}\" for userId item type."))),
    }
}

fn group(name: &str) -> Result<Whom, ApiError> {
    match name {
        "all" => Ok(Whom::Everybody),
        other => Err(errors::INVALID_AMI_ATTRIBUTE_ITEM_VALUE
            .says(format!("Invalid attribute item value \"{other}\" for userGroup item type."))),
    }
}

/// Whom an entry of `LaunchPermission` names.
fn whom(entry: &Value) -> Result<Option<Whom>, ApiError> {
    let text = |member: &str| entry[member].as_str().map(str::to_owned);
    if let Some(id) = text("UserId") {
        return account(&id).map(Some);
    }
    if let Some(name) = text("Group") {
        return group(&name).map(Some);
    }
    let organization = text("OrganizationArn").map(|arn| Whom::One(Launcher::Organization(arn)));
    let unit = text("OrganizationalUnitArn").map(|arn| Whom::One(Launcher::Unit(arn)));
    Ok(organization.or(unit))
}

impl ModifyImageAttributeInput {
    /// Whom launching is allowed from now on, and whom no more.
    fn launchers(&self) -> Result<(Vec<Whom>, Vec<Whom>), ApiError> {
        let mut lists = [Vec::new(), Vec::new()];
        if let Some(permission) = &self.launch_permission {
            for (list, member) in lists.iter_mut().zip(["Add", "Remove"]) {
                for entry in permission[member].as_array().into_iter().flatten() {
                    list.extend(whom(entry)?);
                }
            }
        }
        let mut named = Vec::new();
        for id in &self.user_ids {
            named.push(account(id)?);
        }
        for name in &self.user_groups {
            named.push(group(name)?);
        }
        let arns = self.organization_arns.iter().cloned();
        named.extend(arns.map(|arn| Whom::One(Launcher::Organization(arn))));
        let units = self.organizational_unit_arns.iter().cloned();
        named.extend(units.map(|arn| Whom::One(Launcher::Unit(arn))));
        let [mut add, mut remove] = lists;
        match self.operation_type.as_deref() {
            Some("remove") => remove.extend(named),
            _ => add.extend(named),
        }
        Ok((add, remove))
    }
}

impl Ec2 {
    pub(crate) fn modify_image_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ModifyImageAttributeInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let mut image = self.own_image(&home, required(&input.image_id, "imageId")?)?;
        let (add, remove) = input.launchers()?;
        for whom in add {
            match whom {
                Whom::Everybody => image.is_public = true,
                Whom::One(one) if !image.launchers.contains(&one) => image.launchers.push(one),
                Whom::One(_) => {}
            }
        }
        for whom in remove {
            match whom {
                Whom::Everybody => image.is_public = false,
                Whom::One(one) => image.launchers.retain(|own| *own != one),
            }
        }
        image.product_codes.extend(input.product_codes.iter().cloned());
        let described = match input.attribute.as_deref() {
            Some("description") => input.value.clone(),
            _ => None,
        };
        let described = input.description.as_ref().map(|it| it.value.clone()).or(described);
        if described.is_some() {
            image.description = described;
        }
        if let Some(imds) = &input.imds_support {
            image.imds = Some(imds.value.clone());
        }
        self.keep(cx, image);
        Ok(Answer::empty())
    }

    pub(crate) fn reset_image_attribute(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &ResetImageAttributeInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let image = self.own_image(&home, required(&input.image_id, "imageId")?)?;
        if input.attribute != "launchPermission" {
            return Err(unknown(&input.attribute));
        }
        self.keep(cx, Image { is_public: false, launchers: Vec::new(), ..image });
        Ok(Answer::empty())
    }

    pub(crate) fn describe_image_attribute(
        &self,
        origin: &Origin,
        input: &DescribeImageAttributeInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let image = self.image(&home, required(&input.image_id, "imageId")?)?;
        let text = |value: &Option<String>| match value {
            Some(value) => json!({"Value": value}),
            None => json!({}),
        };
        let (member, value) = match &*input.attribute {
            "description" => ("Description", text(&image.description)),
            "kernel" => ("KernelId", text(&image.kernel)),
            "ramdisk" => ("RamdiskId", text(&image.ramdisk)),
            "sriovNetSupport" => ("SriovNetSupport", text(&image.sriov)),
            "bootMode" => ("BootMode", text(&image.boot_mode)),
            "tpmSupport" => ("TpmSupport", text(&image.tpm)),
            "imdsSupport" => ("ImdsSupport", text(&image.imds)),
            "uefiData" => ("UefiData", json!({})),
            "lastLaunchedTime" => ("LastLaunchedTime", json!({})),
            "deregistrationProtection" => {
                ("DeregistrationProtection", json!({"Value": "disabled"}))
            }
            "launchPermission" => ("LaunchPermissions", launchers_row(&image)),
            "blockDeviceMapping" => ("BlockDeviceMappings", json!(image.mappings)),
            "productCodes" => {
                let code =
                    |it: &String| json!({"ProductCodeId": it, "ProductCodeType": "marketplace"});
                ("ProductCodes", image.product_codes.iter().map(code).collect())
            }
            other => return Err(unknown(other)),
        };
        Ok(Answer(json!({"ImageId": image.id, member: value})))
    }
}

fn launchers_row(image: &Image) -> Value {
    let row = |it: &Launcher| match it {
        Launcher::Account(id) => json!({"UserId": id}),
        Launcher::Organization(arn) => json!({"OrganizationArn": arn}),
        Launcher::Unit(arn) => json!({"OrganizationalUnitArn": arn}),
    };
    let everybody = image.is_public.then(|| json!({"Group": "all"}));
    everybody.into_iter().chain(image.launchers.iter().map(row)).collect()
}

fn unknown(attribute: &str) -> ApiError {
    errors::INVALID_PARAMETER_VALUE
        .says(format!("Value ({attribute}) for parameter attribute is invalid. Unknown attribute."))
}
