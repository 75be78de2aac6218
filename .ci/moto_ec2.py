"""moto's own tests of EC2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do. What AWS does is of its API reference, its user guide, its CLI's examples, or
# answers that clients have reported; where nothing of it is known it says "not confirmed".
REASONS = {
    "AWS looks past spaces: without them this text is base64, and the test says that AWS takes it": """
        test_create_launch_template_with_non_base64_encoded_user_data_fails""",
    "the test's key has a backslash in it, which is no base64; what is no key is InvalidKey.Format (algo #376)": """
        test_key_pairs_import[rsa-openssh] test_key_pairs_import_exist""",
    "AWS: fingerprints of ED25519 are of SHA-256, in base64 (verify-keys)": """
        test_key_pairs_create[ed25519-95] test_key_pairs_import[ed25519]""",
    "AWS: the image's own devices are there besides those of a request (block-device-mapping-concepts)": """
        test_run_instance_with_block_device_mappings
        test_run_instance_with_block_device_mappings_using_no_device""",
    "AWS: ranges of routes are kept without the bits behind their length (API_CreateRoute: 100.68.0.18/18 is 100.68.0.0/18)": """
        test_route_tables_filters_standard test_routes_additional""",
    "AWS: each network has a default group, and groups of other networks than the default one go by their ids (API_DescribeSecurityGroups: GroupNames)": """
        test_authorize_group_in_vpc test_create_and_describe_vpc_security_group test_describe_security_groups""",
    "AWS documents no order of templates": """
        test_describe_launch_templates""",
    "AWS documents no order of tags; a template's data without tags has no list here, which is not confirmed": ["test_get_launch_template_data_with_tags[Multiple Tags]", "test_get_launch_template_data_with_tags[No Tags]", *"""
        test_create_instance_from_launch_template__process_tags""".split()],
    "AWS: a network is deleted when nothing is in it any more, its internet gateway either (API_DeleteVpc)": """
        test_create_default_subnet test_instance_without_default_subnet""",
    "InvalidVpcID.NotFound or Gateway.NotAttached of a network that is not there: not confirmed": """
        test_igw_detach_invalid_vpc""",
    "AWS: a zone is one of the region (vagrant-aws #188: Invalid availability zone: [eu-west-1]), and which id it has is each account's own (ec2, az-ids)": """
        test_availability_zone_in_create_subnet test_availability_zones__parameters
        test_create_route_with_invalid_vpc_endpoint test_create_route_with_unknown_egress_only_igw
        test_create_route_with_vpc_endpoint test_create_subnet_with_tags
        test_run_instance_with_availability_zone_not_from_region""",
    "AWS: a domain is `vpc` or `standard`, and nothing else (its model)": """
        test_eip_allocate_vpc""",
    "AWS: an address that is associated with nothing has no InstanceId (terraform #30888)": """
        test_eip_associate_vpc test_eip_vpc_association""",
    "AWS: an address is one of the subnet's (API_RunInstances: PrivateIpAddress)": """
        test_get_instances_filtering_by_ni_private_dns test_get_instances_filtering_by_private_dns""",
    "AWS: an address that comes and goes is Amazon's (CLI, describe-instances: IpOwnerId)": """
        test_run_instance_and_associate_public_ip""",
    "AWS: an id is eight or seventeen hexadecimal digits (errors-overview: InvalidAMIID.Malformed, InvalidGroupId.Malformed)": """
        test_ami_create_from_missing_instance test_get_all_security_groups_filter_with_same_vpc_id
        test_authorize_other_group_and_revoke test_deregister_image__unknown test_getting_missing_ami
        test_non_existent_security_group_raises_error_on_authorize
        test_run_instances_with_unknown_security_group""",
    "AWS: an image has a root device or a manifest (API_RegisterImage)": """
        test_ami_registration""",
    "AWS: what is no key is InvalidKey.Format (algo #376, aws-sdk-js #314)": """
        test_key_pairs_import_invalid_key test_key_pairs_invalid""",
    "AWS: only of a stopped instance (API_ModifyInstanceAttribute; IncorrectInstanceState)": """
        test_instance_attribute_instance_type test_instance_attribute_user_data""",
    "AWS: ranges are kept without the bits behind their length; a default network's group tells what it did not revoke (API_RevokeSecurityGroupIngress); groups of other networks go by their ids": ["test_sec_group_rule_limit[Use VPC]", "test_sec_group_rule_limit[Without VPC]", *"""
        test_authorize_ip_range_and_revoke test_revoke_security_group_egress__without_ipprotocol
        test_update_security_group_rule_descriptions_egress
        test_update_security_group_rule_descriptions_ingress""".split()],
    "AWS: security groups are of the network of the instance (terraform: belong to different networks)": """
        test_run_instance_with_nic_autocreated test_run_multiple_instances_with_single_nic_template""",
    "AWS: the newest version comes first (CLI, describe-launch-template-versions)": """
        test_describe_launch_template_versions_with_max test_describe_launch_template_versions_with_min
        test_describe_launch_template_versions_with_min_and_max""",
    "AWS: a template that is made has tags of its own kind (API_CreateLaunchTemplate: launch-template)": """
        test_create_launch_template_with_tag_spec test_delete_launch_template__dryrun""",
    "EC2-Classic is no more (since August 2023)": """
        test_eip_allocate_classic test_eip_associate_classic
        test_describe_classic_link_disabled test_describe_classic_link_dns_support_disabled
        test_describe_classic_link_dns_support_enabled test_describe_classic_link_dns_support_multiple
        test_describe_classic_link_enabled test_describe_classic_link_multiple test_disable_vpc_classic_link
        test_disable_vpc_classic_link_dns_support test_enable_vpc_classic_link
        test_enable_vpc_classic_link_dns_support test_enable_vpc_classic_link_failure""",
    "IPv6 is not implemented": """
        test_create_subnet_cidr_reservations test_create_subnet_cidr_reservations_err_outside_subnet
        test_create_subnet_cidr_reservations_err_overlap_existing
        test_create_two_security_groups_in_vpc_with_ipv6_enabled test_get_subnet_cidr_reservations_dual
        test_get_subnet_cidr_reservations_empty test_get_subnet_cidr_reservations_ipv4
        test_get_subnet_cidr_reservations_ipv6 test_get_subnet_cidr_reservations_type_filter
        test_instance_with_ipv6_address test_ipv6_cidr_block_association_filters
        test_modify_subnet_attribute_assign_ipv6_address_on_creation test_run_instance_mapped_public_ipv4
        test_run_instance_with_specified_private_ipv4 test_run_instance_with_subnet
        test_vpc_associate_ipv6_cidr_block test_vpc_disassociate_ipv6_cidr_block""",
    "classic load balancers are not implemented": """
        test_create_autoscaling_group""",
    "endpoints of a network and prefix lists are not implemented": """
        test_authorize_security_group_rules_with_different_ipranges_or_prefixes[egress]
        test_authorize_security_group_rules_with_different_ipranges_or_prefixes[ingress]
        test_create_vpc_end_point test_create_vpc_endpoint__policy test_delete_vpc_end_points
        test_describe_prefix_lists test_describe_vpc_gateway_end_points test_describe_vpc_interface_end_points
        test_modify_vpc_endpoint_add_duplicate_route_table test_modify_vpc_endpoint_add_duplicate_subnet
        test_modify_vpc_endpoint_add_route_table test_modify_vpc_endpoint_add_security_group
        test_modify_vpc_endpoint_add_security_group_duplicate test_modify_vpc_endpoint_add_subnet
        test_modify_vpc_endpoint_remove_route_table test_modify_vpc_endpoint_remove_security_group
        test_modify_vpc_endpoint_remove_subnet test_routes_replace""",
    "further ranges of networks and subnets are not implemented": """
        test_associate_subnet_cidr_block test_associate_vpc_ipv4_cidr_block
        test_cidr_block_association_filters test_create_ipv6native_subnet
        test_create_subnet_with_invalid_cidr_range_multiple_vpc_cidr_blocks
        test_create_subnets_with_multiple_vpc_cidr_blocks test_delete_subnet_cidr_reservation
        test_delete_subnet_cidr_reservation_not_exists test_disassociate_subnet_cidr_block
        test_disassociate_vpc_ipv4_cidr_block""",
    "needs IAM, KMS, SSM, or another service that is not there": """
        test_associate test_describe test_disassociate test_instance_iam_instance_profile
        test_invalid_associate test_invalid_replace test_replace
        test_rgtapi_tag_and_untag_resources_for_ec2_instance test_rgtapi_tag_and_untag_resources_for_ec2_vpc
        test_run_instance_with_encrypted_ebs""",
    "network interfaces by themselves are not implemented": """
        test_available_ip_addresses_in_subnet_with_enis test_create_route_with_network_interface_id
        test_describe_addresses_with_vpc_associated_eni
        test_describe_instances_filter_vpcid_via_networkinterface test_eip_associate_network_interface
        test_eip_reassociate_nic test_instance_with_nic_attach_detach
        test_run_instance_in_subnet_with_nic_private_ip_and_public_association
        test_run_instance_with_nic_preexisting""",
    "other gateways and peering are not implemented": """
        test_create_route_with_egress_only_igw test_describe_route_tables_filter_with_nat_gateway_id
        test_describe_route_tables_with_nat_gateway test_route_tables_filters_transit_gateway
        test_route_tables_filters_vpc_peering_connection test_routes_vpc_peering_connection
        test_routes_vpn_gateway""",
    "the operation is not implemented": """
        test_describe_addresses_attributes test_get_instance_uefi_data test_vpc_associate_dhcp_options
        test_vpc_get_by_dhcp_options_id test_vpc_modify_tenancy_unknown""",
    "the parameter is not implemented": """
        test_ami_pulls_attributes_from_instance test_associate_route_table_by_gateway
        test_create_ipv6native_subnet_with_ipv4_and_ipv6_cidr test_create_ipv6native_subnet_with_ipv4_cidr
        test_create_ipv6native_subnet_without_cidr test_create_volume_without_tags
        test_instance_detach_volume_wrong_path test_specific_eip_allocate_vpc""",
    "AWS: one name is of one image (API_CreateImage: InvalidAMIName.Duplicate)": """
        test_create_image_with_tag_specification""",
    "AWS: an image that is gone is not found in the end (API_DescribeImages)": """
        test_deregister_image__and_describe""",
    "the test looks for what moto makes up, or in an order of its own": """
        test_ami_attribute_organizations test_ami_describe_images_executable_user_public
        test_ami_snapshots_have_correct_owner test_get_instances_filtering_by_reason_code
        test_modify_instance_attribute_security_groups test_run_instances_default_response""",
    "there are 24 families of types, none of bare metal or with graphics": """
        test_describe_instance_type_offering_filter_by_zone test_describe_instance_types_filter_by_bare_metal
        test_describe_instance_types_gpu_instance_types test_describe_instance_types_small_instances""",
    "there are the limits of this emulator": """
        test_describe_account_attributes""",
    "volumes and snapshots by themselves are not implemented": """
        test_create_snapshot_with_tags test_create_volume_with_tags test_delete_snapshot_from_create_image
        test_describe_instances_while_attaching_and_detaching_volumes test_instance_attach_volume
        test_instance_terminate_detach_volumes test_retrieved_snapshots_must_contain_their_tags
        test_retrieved_volumes_must_contain_their_tags
        test_run_instance_with_block_device_mappings_from_snapshot""",
    "volumes are there as long as their instance": """
        test_instance_terminate_keep_volumes_explicit test_instance_terminate_keep_volumes_implicit""",
    "what an instance writes is not known": """
        test_console_output""",
}
# The same, of tests that pass by chance.
BY_CHANCE = {
    "the test wants things in the order in which they were made, and AWS has them in none":
        "test_description_in_ip_permissions test_eip_describe test_key_pair_with_tags",
    "the test draws ranges and ports at random":
        "test_filter_egress__ip_permission__from_port test_filter_egress__ip_permission__to_port "
        "test_filter_ip_permission__from_port test_security_group_filter_ip_permission test_vpc_get_by_cidr_block",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_carrier_gateways.py": "carrier gateways",
    "test_customer_gateways.py": "VPNs",
    "test_dhcp_options.py": "sets of DHCP options",
    "test_ec2_cloudformation.py": "CloudFormation",
    "test_egress_only_igw.py": "egress-only gateways",
    "test_elastic_block_store.py": "volumes and snapshots by themselves",
    "test_elastic_network_interfaces.py": "network interfaces by themselves",
    "test_fleets.py": "fleets",
    "test_flow_logs.py": "flow logs",
    "test_flow_logs_cloudformation.py": "CloudFormation",
    "test_hosts.py": "dedicated hosts",
    "test_launch_templates_cloudformation.py": "CloudFormation",
    "test_nat_gateway.py": "NAT gateways",
    "test_network_acls.py": "network ACLs of one's own",
    "test_prefix_lists.py": "prefix lists",
    "test_reserved_instances_offerings.py": "reserved instances",
    "test_security_groups_cloudformation.py": "CloudFormation",
    "test_settings.py": "settings of encryption",
    "test_spot_fleet.py": "spot instances",
    "test_spot_instances.py": "spot instances",
    "test_traffic_mirrors.py": "traffic mirrors",
    "test_transit_gateway.py": "transit gateways",
    "test_transit_gateway_cloudformation.py": "CloudFormation",
    "test_transit_gateway_peering_attachments.py": "transit gateways",
    "test_utils.py": "moto's own functions, which are no part of the API",
    "test_virtual_private_gateways.py": "VPNs",
    "test_vpc_endpoint_services_integration.py": "endpoints of a network",
    "test_vpc_peering.py": "peering",
    "test_vpc_service_configuration_integration.py": "endpoints of a network",
    "test_vpn_connections.py": "VPNs",
    "test_windows.py": "passwords of Windows",
}

moto_suite.run("ec2", REASONS, LEFT_OUT, by_chance=BY_CHANCE, plugin="moto_ec2_plugin")
