"""moto's own tests of ELBv2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[elbv2,ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "AWS: HTTPS needs a certificate": """
        test_add_listener_certificate test_modify_listener_attributes[tcp.idle_timeout.seconds-350-360]""",
    "AWS: a thing has 50 tags": """
        test_add_remove_tags""",
    "AWS: tags are told in no order": """
        test_listener_add_remove_tags""",
    "AWS's page of DescribeTargetGroups knows that error of groups that are named; a balancer without any has none": """
        test_describe_target_groups_with_empty_load_balancer""",
    "AWS: what is no ARN is said to be none": """
        test_add_unknown_listener_certificate test_describe_unknown_listener_certificate test_describe_unknown_rule""",
    "AWS: what is not there is told in words of its own": """
        test_create_rule_priority_in_use test_delete_target_group_while_listener_still_exists
        test_modify_listener_http_to_https
        test_remove_tags_to_invalid_listener test_remove_tags_to_invalid_listener_rule""",
    "authentication is not implemented, and refused by name": """
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
    "AWS: an action is of the forms that there are (a client is authenticated, allowed or denied, not ours)": """
        test_oidc_action_listener[False] test_oidc_action_listener[True]""",
    "AWS: its model of today has more values": """
        test_create_listeners_with_invalid_protocol[application-INVALID-exception_message8]
        test_create_target_group_invalid_protocol test_create_target_group_with_invalid_healthcheck_protocol
        test_create_target_group_with_target_type[other] test_ip_address_type_validation test_set_ip_address_type""",
    "AWS: names of internal load balancers begin so, and end in numbers": """
        test_create_load_balancer""",
    "capacity reservations are not implemented, and refused by name": """
        test_describe_capacity_reservation""",
    "AWS: an application load balancer crosses zones, always": """
        test_describe_load_balancer_attributes_default test_modify_load_balancer_attributes_crosszone_enabled""",
    "AWS: there are 50 load balancers in a region": """
        test_describe_paginated_balancers""",
    "policies are told in the order of AWS's table": """
        test_describe_ssl_policies""",
    "AWS: answers say all that was left out (weights, stickiness, the values of a condition in both forms)": """
        test_create_rule_condition[condition0] test_create_rule_condition[condition1]
        test_create_rule_condition[condition4] test_create_rule_condition[condition5]
        test_delete_target_group_after_modifying_listener test_forward_config_action test_handle_listener_rules
        test_modify_rule_condition[create_condition0-modify_condition0]
        test_modify_rule_condition[create_condition2-modify_condition2]""",
    "AWS: a stickiness that is on has a duration": """
        test_forward_config_action__with_stickiness""",
    "AWS: a rule has conditions and actions": """
        test_create_rule_action[action0] test_create_rule_action[action1] test_create_rule_action[action2]
        test_create_rule_action[action3] test_create_rule_action_forward_config
        test_create_rule_action_forward_target_group test_modify_rule_conditions""",
    "AWS: a path begins with a slash": """
        test_redirect_action_listener_rule""",
    "AWS: a target that was registered with a port is deregistered with it": """
        test_register_targets""",
    "AWS: the port of a health check is told as a number (a test that ran on AWS says so)": """
        test_stopped_instance_target test_terminated_instance_target""",
    "AWS: empty lists are there": """
        test_create_elb_using_subnetmapping test_create_target_group_and_listeners test_set_subnets__mapping""",
    "AWS: a port has one listener": """
        test_describe_target_groups""",
    "AWS: all attributes are told": """
        test_target_group_attributes""",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_elbv2_cloudformation.py": "CloudFormation",
    "test_elbv2_integration.py": "ACM and Global Accelerator",
}

moto_suite.run("elbv2", REASONS, LEFT_OUT, plugin="moto_elbv2_plugin")
