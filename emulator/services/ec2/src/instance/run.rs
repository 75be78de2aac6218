//! Instances are launched.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use kernel::call::Origin;
use kernel::directory::{Home, InstanceState};
use kernel::error::ApiError;
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use super::request::{RunInstancesInput, counts};
use super::{Instance, Metadata, Profile, block_device, change};
use crate::cidr::public_ip;
use crate::image::Image;
use crate::instance_type::InstanceType;
use crate::shelf::{home_of, new_id};
use crate::subnet::{RESERVED, Subnet};
use crate::{Answer, Cx, Ec2, error as errors, limits, tag};

/// Everything that is decided before the first instance is made.
struct Plan {
    request: RunInstancesInput,
    template: Option<(String, u64)>,
    image: Image,
    kind: InstanceType,
    subnet: Subnet,
    security_groups: Vec<String>,
    addresses: Vec<Ipv4Addr>,
    has_public_ip: bool,
    user_data: Option<String>,
    profile: Option<String>,
    tags: [BTreeMap<String, String>; 3],
}

/// Kinds of things that tags of a launch may be for.
const TAGGED: &[&str] =
    &["instance", "volume", "network-interface", "spot-instances-request", "elastic-gpu"];

impl Ec2 {
    pub(crate) fn run_instances(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: RunInstancesInput,
    ) -> Result<Answer, ApiError> {
        let home = home_of(origin);
        let ids = self.run(cx, &home, input, None, &BTreeMap::new())?;
        let instances: Vec<&Instance> =
            ids.iter().filter_map(|id| self.instances.get(id)).collect();
        Ok(Answer(self.reservation_row(&instances)))
    }

    /// Launches instances for another service, such as a group: `request` is an input of `RunInstances` in its JSON shape,
    /// `requester` the service, `tags` what the instances have besides, also tags of AWS itself. Their ids.
    ///
    /// # Errors
    /// Those of `RunInstances`.
    pub fn launch(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        request: Value,
        requester: &str,
        tags: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, ApiError> {
        self.make_defaults(cx, home);
        let input = kernel::operations::decode("RunInstances", request)?;
        self.run(cx, home, input, Some(requester), tags)
    }

    fn run(
        &mut self,
        cx: &mut Cx<'_>,
        home: &Home,
        input: RunInstancesInput,
        requester: Option<&str>,
        more_tags: &BTreeMap<String, String>,
    ) -> Result<Vec<String>, ApiError> {
        let token = input.client_token.clone().filter(|token| !token.is_empty());
        let said = serde_json::to_string(&input).unwrap_or_default();
        let token_of = token.as_ref().map(|_| BASE64.encode(Md5::digest(said)));
        if let Some(token) = &token {
            let mut before: Vec<&Instance> = self
                .all::<Instance>(home)
                .filter(|it| it.client_token.as_ref() == Some(token))
                .collect();
            before.sort_by_key(|it| it.launch_index);
            if let Some(first) = before.first() {
                if first.token_of != token_of {
                    return Err(errors::IDEMPOTENT_PARAMETER_MISMATCH.says(
                        "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
                    ));
                }
                return Ok(before.into_iter().map(|it| it.id.clone()).collect());
            }
        }
        let plan = self.plan(cx, home, input)?;
        let reservation = new_id(cx.ids, "r-");
        let mut ids = Vec::new();
        for (at, address) in plan.addresses.iter().enumerate() {
            let mut instance = self.instance(cx, home, &plan, *address);
            instance.reservation.clone_from(&reservation);
            instance.launch_index = at as u64;
            instance.requester = requester.map(str::to_owned);
            instance.client_token.clone_from(&token);
            instance.token_of.clone_from(&token_of);
            let id = instance.id.clone();
            let [own, volumes, interfaces] = plan.tags.clone();
            for volume in &instance.volumes {
                self.tag(cx, home, &volume.id, volumes.clone());
            }
            self.tag(cx, home, &instance.interface, interfaces);
            self.tag(cx, home, &id, own);
            self.tag(cx, home, &id, more_tags.clone());
            self.tag(cx, home, &id, template_tags(plan.template.as_ref()));
            self.begin(cx, instance);
            ids.push(id);
        }
        Ok(ids)
    }

    /// Whether and how all of it can be done.
    fn plan(
        &self,
        cx: &mut Cx<'_>,
        home: &Home,
        input: RunInstancesInput,
    ) -> Result<Plan, ApiError> {
        let (least, most) = counts(&input)?;
        let (request, template) = self.with_template(home, input)?;
        let tags = |kind| tag::specified_of(&request.tag_specifications, kind, TAGGED);
        let tags = [tags("instance")?, tags("volume")?, tags("network-interface")?];
        let image = request.image_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| {
            errors::MISSING_PARAMETER.says("The request must contain the parameter ImageId")
        })?;
        let image = self.image(home, image)?;
        let kind = request.instance_type.as_deref().unwrap_or("m1.small");
        let kind = InstanceType::named(kind).ok_or_else(|| {
            errors::INVALID_PARAMETER_VALUE
                .says(format!("Invalid value '{kind}' for InstanceType."))
        })?;
        self.fits(&image, kind)?;
        Self::check_credits(&request, kind)?;
        block_device::check(&image, &request.block_device_mappings)?;
        if let Some(name) = &request.key_name {
            self.key_pair(home, name)?;
        }
        let subnet = self.subnet_for(home, &request)?.clone();
        self.check_capacity(&home.region, &subnet.zone, kind.name)?;
        let security_groups = self.groups_for(home, &request, &subnet)?;
        let user_data = user_data(request.user_data.as_deref())?;
        let profile = match &request.iam_instance_profile {
            Some(named) => super::profile::arn_of(home, named)?,
            None => None,
        };
        let running = self.all::<Instance>(home).filter(|it| it.holds_address()).count();
        let room = limits::INSTANCES_MAX.saturating_sub(running);
        if room < least {
            return Err(errors::INSTANCE_LIMIT_EXCEEDED.says(format!(
                "You have requested more instances ({}) than your current instance limit of {} allows for the specified instance type. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.",
                running + least,
                limits::INSTANCES_MAX
            )));
        }
        let addresses = self.addresses_for(cx, &subnet, &request, (least, most.min(room)))?;
        let wish = request.network_interfaces.first();
        let wish = wish.and_then(|it| it.associate_public_ip_address);
        let has_public_ip = wish.unwrap_or(subnet.public_ips);
        Ok(Plan {
            request,
            template,
            image,
            kind,
            subnet,
            security_groups,
            addresses,
            has_public_ip,
            user_data,
            profile,
            tags,
        })
    }

    /// Credits without an end are of types that have credits.
    fn check_credits(request: &RunInstancesInput, kind: InstanceType) -> Result<(), ApiError> {
        let asked = request.credit_specification.as_ref().and_then(|it| it.cpu_credits.as_deref());
        match asked == Some("unlimited") && kind.default_credits().is_none() {
            true => Err(errors::INVALID_PARAMETER_COMBINATION
                .says(format!("The {} instance type does not support T2 Unlimited.", kind.name))),
            false => Ok(()),
        }
    }

    /// Whether a type can run an image.
    fn fits(&self, image: &Image, kind: InstanceType) -> Result<(), ApiError> {
        let (needs, has) = (&*image.architecture, kind.architecture());
        let fits = needs == has || (needs == "i386" && has == "x86_64") || needs.ends_with("_mac");
        match fits || self.programs.contains(&image.id) {
            true => Ok(()),
            false => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                "The architecture '{has}' of the specified instance type does not match the architecture '{needs}' of the specified AMI. Specify an instance type and an AMI that have matching architectures, and try again. You can use 'describe-instance-types' or 'describe-images' to discover the architecture of the instance type or AMI."
            ))),
        }
    }

    /// Where: the subnet that is named, or a default one, in the zone that is named or that has the fewest.
    fn subnet_for(&self, home: &Home, request: &RunInstancesInput) -> Result<&Subnet, ApiError> {
        let wish = request.network_interfaces.first();
        let by_interface = wish.and_then(|it| it.subnet_id.as_deref());
        if wish.is_some() && request.subnet_id.is_some() {
            return Err(errors::INVALID_PARAMETER_COMBINATION.says(
                "Network interfaces and an instance-level subnet ID may not be specified on the same request",
            ));
        }
        let placement = request.placement.as_ref();
        let zone = match placement {
            Some(it) => crate::zone::named(
                &home.region,
                it.availability_zone.as_deref().filter(|zone| !zone.is_empty()),
                it.availability_zone_id.as_deref(),
            )
            .map_err(|_| {
                let said = it.availability_zone.as_deref().unwrap_or_default();
                errors::INVALID_PARAMETER_VALUE.says(format!("Invalid availability zone: [{said}]"))
            })?,
            None => None,
        };
        if let Some(id) = request.subnet_id.as_deref().or(by_interface) {
            let subnet: &Subnet = self.find(home, id)?;
            return match zone.filter(|zone| zone.name != subnet.zone) {
                None => Ok(subnet),
                Some(zone) => Err(errors::INVALID_PARAMETER_VALUE.says(format!(
                    "Value ({}) for parameter availabilityZone is invalid. Subnet '{id}' is in the availability zone {}",
                    zone.name, subnet.zone
                ))),
            };
        }
        let Some(vpc) = self.default_vpc(home) else {
            return Err(errors::VPC_ID_NOT_SPECIFIED.says(
                "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
            ));
        };
        let count = |it: &&Subnet| {
            let of_zone = |own: &&Instance| own.holds_address() && own.zone == it.zone;
            let count = self.all::<Instance>(home).filter(of_zone).count();
            (self.is_lost(&it.zone), count, it.zone.clone())
        };
        let own = self.subnets.values().filter(|it| it.vpc == vpc.id && it.is_default);
        let own = own.filter(|it| zone.as_ref().is_none_or(|zone| zone.name == it.zone));
        own.min_by_key(count).ok_or_else(|| {
            errors::MISSING_INPUT.says(match &zone {
                Some(zone) => format!("No default subnet for availability zone: '{}'.", zone.name),
                None => format!(
                    "No subnets found for the default VPC '{}'. Please specify a subnet.",
                    vpc.id
                ),
            })
        })
    }

    fn groups_for(
        &self,
        home: &Home,
        request: &RunInstancesInput,
        subnet: &Subnet,
    ) -> Result<Vec<String>, ApiError> {
        let wish = request.network_interfaces.first();
        let has_own = !request.security_group_ids.is_empty() || !request.security_groups.is_empty();
        if wish.is_some() && has_own {
            return Err(errors::INVALID_PARAMETER_COMBINATION.says(
                "Network interfaces and an instance-level security groups may not be specified on the same request",
            ));
        }
        let mut groups = request.security_group_ids.clone();
        groups.extend(wish.iter().flat_map(|it| it.groups.iter().cloned()));
        for name in &request.security_groups {
            let is_own = |it: &&crate::security_group::SecurityGroup| {
                it.vpc == subnet.vpc && it.name == *name
            };
            let found = self.security_groups.values().find(is_own);
            let found = match found {
                Some(found) => found,
                None => self.group_of_default_vpc(home, name)?,
            };
            groups.push(found.id.clone());
        }
        for id in &groups {
            let group: &crate::security_group::SecurityGroup = self.find(home, id)?;
            if group.vpc != subnet.vpc {
                return Err(errors::INVALID_PARAMETER.says(format!(
                    "Security group {id} and subnet {} belong to different networks.",
                    subnet.id
                )));
            }
        }
        let mut seen = BTreeSet::new();
        groups.retain(|id| seen.insert(id.clone()));
        if groups.is_empty() {
            groups.extend(self.default_security_group_id(&subnet.vpc));
        }
        Ok(groups)
    }

    fn addresses_for(
        &self,
        cx: &mut Cx<'_>,
        subnet: &Subnet,
        request: &RunInstancesInput,
        (least, most): (usize, usize),
    ) -> Result<Vec<Ipv4Addr>, ApiError> {
        let taken: BTreeSet<Ipv4Addr> = self.taken_addresses(&subnet.id).collect();
        let Some(range) = subnet.range() else { return Ok(Vec::new()) };
        let wish =
            request.network_interfaces.first().and_then(|it| it.private_ip_address.as_deref());
        if let Some(said) = request.private_ip_address.as_deref().or(wish) {
            let address: Ipv4Addr =
                said.parse().ok().filter(|it| range.has(*it)).ok_or_else(|| {
                    errors::INVALID_PARAMETER_VALUE.says(format!(
                        "Address {said} does not fall within the subnet's address range"
                    ))
                })?;
            if taken.contains(&address) {
                return Err(errors::IP_ADDRESS_IN_USE.says(format!("Address {said} is in use.")));
            }
            if least > 1 {
                return Err(errors::INVALID_PARAMETER_COMBINATION
                    .says("A private IP address can be given to one instance alone."));
            }
            return Ok(vec![address]);
        }
        // The first four and the last are nobody's.
        let size = range.size().saturating_sub(RESERVED).max(1);
        let start = cx.ids.next_u64() % size;
        let all = (0..size).map(|at| range.address(4 + (start + at) % size));
        let found: Vec<Ipv4Addr> = all.filter(|it| !taken.contains(it)).take(most).collect();
        match found.len() >= least {
            true => Ok(found),
            false => Err(errors::INSUFFICIENT_FREE_ADDRESSES.says(format!(
                "There are not enough free addresses in subnet '{}' to satisfy the requested number of instances.",
                subnet.id
            ))),
        }
    }

    fn instance(&self, cx: &mut Cx<'_>, home: &Home, plan: &Plan, address: Ipv4Addr) -> Instance {
        let Plan { request, image, kind, subnet, .. } = plan;
        let credits = request.credit_specification.as_ref().and_then(|it| it.cpu_credits.clone());
        let behavior = request.instance_initiated_shutdown_behavior.clone();
        let tenancy = request.placement.as_ref().and_then(|it| it.tenancy.clone());
        let [a, b, c, d] = address.octets();
        let root_device = image.root_device.clone().unwrap_or_else(|| "/dev/sda1".to_owned());
        Instance {
            id: new_id(cx.ids, "i-"),
            home: home.clone(),
            reservation: String::new(),
            launch_index: 0,
            requester: None,
            image: image.id.clone(),
            instance_type: kind.name.to_owned(),
            key_name: request.key_name.clone(),
            vpc: subnet.vpc.clone(),
            subnet: subnet.id.clone(),
            zone: subnet.zone.clone(),
            zone_id: subnet.zone_id.clone(),
            private_ip: address,
            public_ip: plan.has_public_ip.then(|| public_ip(cx.ids)),
            wants_public_ip: plan.has_public_ip,
            interface: new_id(cx.ids, "eni-"),
            attachment: new_id(cx.ids, "eni-attach-"),
            mac: format!("0a:ff:{a:02x}:{b:02x}:{c:02x}:{d:02x}"),
            security_groups: plan.security_groups.clone(),
            state: InstanceState::Pending,
            since: cx.now,
            reason: Some(("pending".to_owned(), "pending".to_owned())),
            transition_reason: String::new(),
            launched: cx.now.truncated_to_s(),
            user_data: plan.user_data.clone(),
            profile: plan.profile.as_ref().map(|arn| Profile {
                id: change::profile_id(&home.account, arn),
                arn: arn.clone(),
                association: new_id(cx.ids, "iip-assoc-"),
                since: cx.now,
            }),
            is_monitored: request.monitoring.as_ref().is_some_and(|it| it.enabled),
            metadata: Metadata::of(request.metadata_options.as_ref(), image),
            volumes: block_device::volumes(cx, image, &request.block_device_mappings),
            root_device,
            source_dest_check: true,
            keeps_from_termination: request.disable_api_termination == Some(true),
            keeps_from_stop: request.disable_api_stop == Some(true),
            shutdown_behavior: behavior.unwrap_or_else(|| "stop".to_owned()),
            ebs_optimized: request.ebs_optimized == Some(true),
            cpu_credits: kind
                .default_credits()
                .map(|own| credits.unwrap_or_else(|| own.to_owned())),
            client_token: None,
            token_of: None,
            template: plan.template.clone(),
            tenancy: tenancy.unwrap_or_else(|| "default".to_owned()),
            kept: kept(request),
            is_simulated: !self.programs.contains(&image.id),
        }
    }
}

/// What of a placement is kept and shown as it was given.
pub(super) const PLACED: [&str; 4] = ["GroupName", "HostId", "Affinity", "PartitionNumber"];

/// What of a request is kept and shown as it was given.
fn kept(request: &RunInstancesInput) -> Value {
    let mut kept = serde_json::Map::new();
    for (member, value) in [
        ("CpuOptions", &request.cpu_options),
        ("CapacityReservationSpecification", &request.capacity_reservation_specification),
        ("HibernationOptions", &request.hibernation_options),
        ("EnclaveOptions", &request.enclave_options),
        ("PrivateDnsNameOptions", &request.private_dns_name_options),
        ("MaintenanceOptions", &request.maintenance_options),
        ("KernelId", &request.kernel_id.clone().map(Value::from)),
        ("RamdiskId", &request.ramdisk_id.clone().map(Value::from)),
    ] {
        kept.extend(value.clone().map(|value| (member.to_owned(), value)));
    }
    if let Some(it) = &request.placement {
        let group = it.group_name.clone().map(Value::from);
        let host = it.host_id.clone().map(Value::from);
        let affinity = it.affinity.clone().map(Value::from);
        let values = [group, host, affinity, it.partition_number.map(Value::from)];
        let placed = PLACED.into_iter().zip(values);
        kept.extend(placed.filter_map(|(member, value)| Some((member.to_owned(), value?))));
    }
    Value::Object(kept)
}

/// What AWS itself says of whoever launches by a template.
fn template_tags(template: Option<&(String, u64)>) -> BTreeMap<String, String> {
    let Some((id, version)) = template else { return BTreeMap::new() };
    BTreeMap::from([
        ("aws:ec2launchtemplate:id".to_owned(), id.clone()),
        ("aws:ec2launchtemplate:version".to_owned(), version.to_string()),
    ])
}

/// User data in base64, looked at.
pub(super) fn user_data(said: Option<&str>) -> Result<Option<String>, ApiError> {
    let Some(said) = said.filter(|it| !it.is_empty()) else { return Ok(None) };
    let text: String = said.split_whitespace().collect();
    let bytes = BASE64.decode(&text).map_err(|_| {
        errors::INVALID_USER_DATA_MALFORMED.says("Invalid BASE64 encoding of user data.")
    })?;
    match bytes.len() > limits::USER_DATA_SIZE_BYTES_MAX {
        true => Err(errors::INVALID_PARAMETER_VALUE
            .says(format!("User data is limited to {} bytes", limits::USER_DATA_SIZE_BYTES_MAX))),
        false => Ok(Some(text)),
    }
}

impl Instance {
    /// What it was given to begin with.
    pub(super) fn decoded_user_data(&self) -> Vec<u8> {
        self.user_data.as_deref().and_then(|it| BASE64.decode(it).ok()).unwrap_or_default()
    }
}

impl Metadata {
    /// As a request and the image say; an image that says `v2.0` asks for tokens, over two networks.
    pub(super) fn of(request: Option<&super::request::MetadataRequest>, image: &Image) -> Self {
        let is_v2 = image.imds.as_deref() == Some("v2.0");
        let text = |value: Option<&Option<String>>| value.and_then(Clone::clone);
        let tokens = text(request.map(|it| &it.http_tokens));
        let limit = request.and_then(|it| it.http_put_response_hop_limit);
        let is_on = |value: Option<String>, unless_said: bool| {
            value.map_or(unless_said, |it| it == "enabled")
        };
        Self {
            is_enabled: is_on(text(request.map(|it| &it.http_endpoint)), true),
            needs_token: tokens.map_or(is_v2, |it| it == "required"),
            hop_limit: limit.and_then(|it| u8::try_from(it).ok()).unwrap_or(if is_v2 {
                2
            } else {
                1
            }),
            shows_tags: is_on(text(request.map(|it| &it.instance_metadata_tags)), false),
            ipv6: is_on(text(request.map(|it| &it.http_protocol_ipv6)), false),
        }
    }

    pub(super) fn row(&self) -> Value {
        let on = |is: bool| if is { "enabled" } else { "disabled" };
        json!({
            "State": "applied",
            "HttpTokens": if self.needs_token { "required" } else { "optional" },
            "HttpPutResponseHopLimit": self.hop_limit,
            "HttpEndpoint": on(self.is_enabled),
            "HttpProtocolIpv6": on(self.ipv6),
            "InstanceMetadataTags": on(self.shows_tags),
        })
    }
}
