//! Which operation does what.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::shelf::home_of;
use crate::{Cx, Ec2, Request, Response, error as errors};

/// Each operation with what answers it. A dry run is answered as soon as it is clear that its caller may.
macro_rules! answers {
    (($this:ident, $cx:ident, $origin:ident) $( $operation:ident($input:ident) => $answer:expr; )*) => {
        impl Ec2 {
            pub(crate) fn answer(
                &mut $this,
                $cx: &mut Cx<'_>,
                $origin: &Origin,
                request: Request,
            ) -> Result<Response, ApiError> {
                $this.make_defaults($cx, &home_of($origin));
                Ok(match request {
                    $( Request::$operation($input) => {
                        if $input.dry_run {
                            return Err((&errors::DRY_RUN_OPERATION).into());
                        }
                        Response::$operation(Box::new($answer?))
                    } )*
                })
            }
        }
    };
}

answers! {
    (self, cx, origin)
    AllocateAddress(it) => self.allocate_address(cx, origin, &it);
    AssociateAddress(it) => self.associate_address(cx, origin, &it);
    AssociateIamInstanceProfile(it) => self.associate_iam_instance_profile(cx, origin, &it);
    AssociateRouteTable(it) => self.associate_route_table(cx, origin, &it);
    AttachInternetGateway(it) => self.attach_internet_gateway(cx, origin, &it);
    AuthorizeSecurityGroupEgress(it) => self.authorize_security_group_egress(cx, origin, &it);
    AuthorizeSecurityGroupIngress(it) => self.authorize_security_group_ingress(cx, origin, &it);
    CopyImage(it) => self.copy_image(cx, origin, &it);
    CreateDefaultSubnet(it) => self.create_default_subnet(cx, origin, &it);
    CreateDefaultVpc(it) => self.create_default_vpc(cx, origin, &it);
    CreateImage(it) => self.create_image(cx, origin, &it);
    CreateInternetGateway(it) => self.create_internet_gateway(cx, origin, &it);
    CreateKeyPair(it) => self.create_key_pair(cx, origin, &it);
    CreateLaunchTemplate(it) => self.create_launch_template(cx, origin, &it);
    CreateLaunchTemplateVersion(it) => self.create_launch_template_version(cx, origin, &it);
    CreateRoute(it) => self.create_route(cx, origin, &it);
    CreateRouteTable(it) => self.create_route_table(cx, origin, &it);
    CreateSecurityGroup(it) => self.create_security_group(cx, origin, &it);
    CreateSubnet(it) => self.create_subnet(cx, origin, &it);
    CreateTags(it) => self.create_tags(cx, origin, &it);
    CreateVpc(it) => self.create_vpc(cx, origin, &it);
    DeleteInternetGateway(it) => self.delete_internet_gateway(cx, origin, &it);
    DeleteKeyPair(it) => self.delete_key_pair(cx, origin, &it);
    DeleteLaunchTemplate(it) => self.delete_launch_template(cx, origin, &it);
    DeleteLaunchTemplateVersions(it) => self.delete_launch_template_versions(cx, origin, &it);
    DeleteRoute(it) => self.delete_route(cx, origin, &it);
    DeleteRouteTable(it) => self.delete_route_table(cx, origin, &it);
    DeleteSecurityGroup(it) => self.delete_security_group(cx, origin, &it);
    DeleteSubnet(it) => self.delete_subnet(cx, origin, &it);
    DeleteTags(it) => self.delete_tags(cx, origin, &it);
    DeleteVpc(it) => self.delete_vpc(cx, origin, &it);
    DeregisterImage(it) => self.deregister_image(cx, origin, &it);
    DescribeAccountAttributes(it) => self.describe_account_attributes(origin, &it);
    DescribeAddresses(it) => self.describe_addresses(origin, &it);
    DescribeAvailabilityZones(it) => self.describe_availability_zones(origin, &it);
    DescribeIamInstanceProfileAssociations(it) => self.describe_iam_instance_profile_associations(origin, &it);
    DescribeImageAttribute(it) => self.describe_image_attribute(origin, &it);
    DescribeImages(it) => self.describe_images(origin, &it);
    DescribeInstanceAttribute(it) => self.describe_instance_attribute(origin, &it);
    DescribeInstanceCreditSpecifications(it) => self.describe_instance_credit_specifications(origin, &it);
    DescribeInstanceStatus(it) => self.describe_instance_status(cx, origin, &it);
    DescribeInstanceTypeOfferings(it) => self.describe_instance_type_offerings(origin, &it);
    DescribeInstanceTypes(it) => self.describe_instance_types(&it);
    DescribeInstances(it) => self.describe_instances(origin, &it);
    DescribeInternetGateways(it) => self.describe_internet_gateways(origin, &it);
    DescribeKeyPairs(it) => self.describe_key_pairs(origin, &it);
    DescribeLaunchTemplateVersions(it) => self.describe_launch_template_versions(origin, &it);
    DescribeLaunchTemplates(it) => self.describe_launch_templates(origin, &it);
    DescribeNetworkAcls(it) => self.describe_network_acls(origin, &it);
    DescribeNetworkInterfaces(it) => self.describe_network_interfaces(origin, &it);
    DescribeRegions(it) => self.describe_regions(&it);
    DescribeRouteTables(it) => self.describe_route_tables(origin, &it);
    DescribeSecurityGroupReferences(it) => self.describe_security_group_references(origin, &it);
    DescribeSecurityGroupRules(it) => self.describe_security_group_rules(origin, &it);
    DescribeSecurityGroups(it) => self.describe_security_groups(origin, &it);
    DescribeStaleSecurityGroups(it) => self.describe_stale_security_groups(origin, &it);
    DescribeSubnets(it) => self.describe_subnets(origin, &it);
    DescribeTags(it) => self.describe_tags(origin, &it);
    DescribeVolumes(it) => self.describe_volumes(origin, &it);
    DescribeVpcAttribute(it) => self.describe_vpc_attribute(origin, &it);
    DescribeVpcs(it) => self.describe_vpcs(origin, &it);
    DetachInternetGateway(it) => self.detach_internet_gateway(cx, origin, &it);
    DisassociateAddress(it) => self.disassociate_address(cx, origin, &it);
    DisassociateIamInstanceProfile(it) => self.disassociate_iam_instance_profile(cx, origin, &it);
    DisassociateRouteTable(it) => self.disassociate_route_table(cx, origin, &it);
    GetConsoleOutput(it) => self.get_console_output(cx, origin, &it);
    GetLaunchTemplateData(it) => self.get_launch_template_data(origin, &it);
    GetSecurityGroupsForVpc(it) => self.get_security_groups_for_vpc(origin, &it);
    ImportKeyPair(it) => self.import_key_pair(cx, origin, &it);
    ModifyImageAttribute(it) => self.modify_image_attribute(cx, origin, &it);
    ModifyInstanceAttribute(it) => self.modify_instance_attribute(cx, origin, &it);
    ModifyInstanceMetadataOptions(it) => self.modify_instance_metadata_options(cx, origin, &it);
    ModifyLaunchTemplate(it) => self.modify_launch_template(cx, origin, &it);
    ModifySecurityGroupRules(it) => self.modify_security_group_rules(cx, origin, &it);
    ModifySubnetAttribute(it) => self.modify_subnet_attribute(cx, origin, &it);
    ModifyVpcAttribute(it) => self.modify_vpc_attribute(cx, origin, &it);
    MonitorInstances(it) => self.monitor_instances(cx, origin, (&it.instance_ids, true));
    RebootInstances(it) => self.reboot_instances(cx, origin, &it);
    RegisterImage(it) => self.register_image(cx, origin, &it);
    ReleaseAddress(it) => self.release_address(cx, origin, &it);
    ReplaceIamInstanceProfileAssociation(it) => self.replace_iam_instance_profile_association(cx, origin, &it);
    ReplaceRoute(it) => self.replace_route(cx, origin, &it);
    ReplaceRouteTableAssociation(it) => self.replace_route_table_association(cx, origin, &it);
    ResetImageAttribute(it) => self.reset_image_attribute(cx, origin, &it);
    ResetInstanceAttribute(it) => self.reset_instance_attribute(cx, origin, &it);
    RevokeSecurityGroupEgress(it) => self.revoke_security_group_egress(cx, origin, &it);
    RevokeSecurityGroupIngress(it) => self.revoke_security_group_ingress(cx, origin, &it);
    RunInstances(it) => self.run_instances(cx, origin, *it);
    StartInstances(it) => self.start_instances(cx, origin, &it);
    StopInstances(it) => self.stop_instances(cx, origin, &it);
    TerminateInstances(it) => self.terminate_instances(cx, origin, &it);
    UnmonitorInstances(it) => self.monitor_instances(cx, origin, (&it.instance_ids, false));
    UpdateSecurityGroupRuleDescriptionsEgress(it) => self.update_security_group_rule_descriptions_egress(cx, origin, &it);
    UpdateSecurityGroupRuleDescriptionsIngress(it) => self.update_security_group_rule_descriptions_ingress(cx, origin, &it);
}
