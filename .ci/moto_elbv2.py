"""moto's own tests of ELBv2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[elbv2,ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do. What AWS does is of its API reference, its CLI's examples, or answers that clients
# have reported; where nothing of it is known it says "not confirmed".
REASONS = {
    "AWS: HTTPS needs a certificate (terraform and Pulumi report: A certificate must be specified for HTTPS listeners)": """
        test_add_listener_certificate test_modify_listener_attributes[tcp.idle_timeout.seconds-350-360]
        test_modify_listener_http_to_https""",
    "AWS: a thing has 50 tags (load-balancer-tags)": """
        test_add_remove_tags""",
    "tags are told by their keys; AWS documents no order": """
        test_listener_add_remove_tags""",
    "a balancer without target groups has none; not confirmed (API_DescribeTargetGroups knows the error)": """
        test_describe_target_groups_with_empty_load_balancer""",
    "AWS: what is no ARN is said to be none (aws-cli #3260: is not a valid listener ARN)": """
        test_add_unknown_listener_certificate test_create_listener_with_invalid_target_group
        test_describe_unknown_listener_certificate test_describe_unknown_rule""",
    "AWS: a priority that is taken is named (terraform #24239: Priority '26' is currently in use)": """
        test_create_rule_priority_in_use""",
    "AWS: a target group that is used is named (Pulumi #5900: Target group '...' is currently in use by a listener or a rule)": """
        test_delete_target_group_while_listener_still_exists""",
    "AWS: One or more listeners not found, and rules (load balancer controller); of their tags not confirmed": """
        test_remove_tags_to_invalid_listener test_remove_tags_to_invalid_listener_rule""",
    "authentication is not implemented, and refused by name; AWS has it for HTTPS alone, before another action": """
        test_cognito_action_listener_rule test_create_rule_forward_config_as_second_arg
        test_oidc_action_listener__simple""",
    "ALPN is for TLS of network load balancers": """
        test_create_listener_with_alpn_policy""",
    "network and gateway load balancers are not implemented, and refused by name": [
        "test_create_gateway_listener_with_invalid_params[Port-80-A port cannot be specified for gateway listeners]",
        "test_create_gateway_listener_with_invalid_params[Protocol-TCP-A protocol cannot be specified for gateway listeners]",
        "test_create_listeners_with_invalid_protocol[network-GENEVE-Listener protocol 'GENEVE' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-HTTP-Listener protocol 'HTTP' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-HTTPS-Listener protocol 'HTTPS' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-INVALID-exception_message9]",
        "test_create_listeners_without_port[network]",
        "test_create_listeners_without_protocol[network]",
        "test_create_target_group_with_target_type[alb]",
        "test_modify_load_balancer_attributes_secondary_ips_auto_assigned_per_subnet",
    ],
    "AWS: an unauthenticated client is authenticated, allowed or denied (API_AuthenticateOidcActionConfig), and not `our`": """
        test_oidc_action_listener[False] test_oidc_action_listener[True]""",
    "AWS: its model of today has more values (API_CreateListener, API_CreateTargetGroup, API_SetIpAddressType)": """
        test_create_listeners_with_invalid_protocol[application-INVALID-exception_message8]
        test_create_target_group_invalid_protocol test_create_target_group_with_invalid_healthcheck_protocol
        test_create_target_group_with_target_type[other] test_ip_address_type_validation test_set_ip_address_type""",
    "AWS: names of internal load balancers begin with `internal-` and end in a number (CLI, create-load-balancer)": """
        test_create_load_balancer""",
    "capacity reservations are not implemented, and refused by name": """
        test_describe_capacity_reservation""",
    "AWS: an application load balancer crosses zones, always (API_LoadBalancerAttribute)": """
        test_describe_load_balancer_attributes_default test_modify_load_balancer_attributes_crosszone_enabled""",
    "AWS: there are 50 load balancers in a region (load-balancer-limits)": """
        test_describe_paginated_balancers""",
    "policies are told in the order of AWS's table, not in that of the call": """
        test_describe_ssl_policies""",
    "AWS: a forward action is told with weights and stickiness (moto #4716, boto3 #3536)": """
        test_create_target_group_and_listeners test_delete_target_group_after_modifying_listener
        test_forward_config_action""",
    "AWS: paths and hosts are told as Values and as a config (aws-sdk #439)": """
        test_create_rule_condition[condition0] test_create_rule_condition[condition1]
        test_create_rule_condition[condition4] test_create_rule_condition[condition5]
        test_handle_listener_rules test_modify_rule_condition[create_condition0-modify_condition0]
        test_modify_rule_condition[create_condition2-modify_condition2]""",
    "AWS: a stickiness that is on has a duration (API_TargetGroupStickinessConfig)": """
        test_forward_config_action__with_stickiness""",
    "AWS: a rule has one or more conditions and actions (API_CreateRule), which the tests leave out": """
        test_create_rule_action[action0] test_create_rule_action[action1] test_create_rule_action[action2]
        test_create_rule_action[action3] test_create_rule_action_forward_config
        test_create_rule_action_forward_target_group test_modify_rule_conditions""",
    "AWS: the path of a redirect begins with a slash (aws-cdk #31201)": """
        test_redirect_action_listener_rule""",
    "AWS: a target that was registered with a port is deregistered with it (API_DeregisterTargets)": """
        test_register_targets""",
    "AWS: the port of a health check is told as a number (a test that ran on AWS says so)": """
        test_stopped_instance_target test_terminated_instance_target""",
    "AWS: addresses of a load balancer are an empty list where it has none of its own": """
        test_create_elb_using_subnetmapping test_set_subnets__mapping""",
    "AWS: a port has one listener (terraform: DuplicateListener)": """
        test_describe_target_groups""",
    "AWS: all attributes are told, also when some are changed (CLI, modify-target-group-attributes)": """
        test_target_group_attributes""",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_elbv2_cloudformation.py": "CloudFormation",
    "test_elbv2_integration.py": "ACM and Global Accelerator",
}

moto_suite.run("elbv2", REASONS, LEFT_OUT, plugin="moto_elbv2_plugin")
