"""moto's own tests of ELBv2, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[elbv2,ec2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "AWS: a load balancer is in at least two zones": [
        "test_add_listener_certificate",
        "test_modify_listener_attributes[tcp.idle_timeout.seconds-350-360]",
        "test_modify_listener_of_https_target_group",
    ],
    "AWS: a load balancer has 50 tags": [
        "test_add_remove_tags",
        "test_describe_target_groups_with_empty_load_balancer",
    ],
    "AWS: what is no ARN is said to be none": [
        "test_add_unknown_listener_certificate",
        "test_describe_unknown_listener_certificate",
        "test_describe_unknown_rule",
    ],
    "authentication is not implemented": [
        "test_cognito_action_listener_rule",
        "test_oidc_action_listener__simple",
    ],
    "the zones of us-west-1 are a and c": [
        "test_create_elb_using_subnetmapping",
    ],
    "network and gateway load balancers are not implemented": [
        "test_create_gateway_listener_with_invalid_params[Port-80-A port cannot be specified for gateway listeners]",
        "test_create_gateway_listener_with_invalid_params[Protocol-TCP-A protocol cannot be specified for gateway listeners]",
        "test_create_listeners_with_invalid_protocol[network-GENEVE-Listener protocol 'GENEVE' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-HTTP-Listener protocol 'HTTP' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-HTTPS-Listener protocol 'HTTPS' must be one of 'UDP, TCP, TLS, TCP_UDP']",
        "test_create_listeners_with_invalid_protocol[network-INVALID-exception_message9]",
        "test_create_listeners_without_port[network]",
        "test_create_listeners_without_protocol[network]",
        "test_modify_load_balancer_attributes_secondary_ips_auto_assigned_per_subnet",
    ],
    "AWS: a listener has a default action, of the types and forms that there are": [
        "test_create_listener_rule_with_tags",
        "test_create_listener_with_alpn_policy",
        "test_create_listener_with_tags",
        "test_create_rule_forward_config_as_second_arg",
        "test_create_rule_priority_in_use",
        "test_listener_add_remove_tags",
        "test_listener_rule_add_remove_tags",
        "test_oidc_action_listener[False]",
        "test_oidc_action_listener[True]",
        "test_remove_tags_to_invalid_listener",
        "test_remove_tags_to_invalid_listener_rule",
    ],
    "AWS: its model of today has more values": [
        "test_create_listeners_with_invalid_protocol[application-INVALID-exception_message8]",
        "test_create_target_group_invalid_protocol",
        "test_create_target_group_with_invalid_healthcheck_protocol",
        "test_create_target_group_with_target_type[other]",
        "test_ip_address_type_validation",
        "test_set_ip_address_type",
    ],
    "AWS: names of internal load balancers begin so": [
        "test_create_load_balancer",
    ],
    "capacity reservations are not implemented": [
        "test_describe_capacity_reservation",
    ],
    "ACM is not implemented": [
        "test_describe_listener_certificates_with_default_field",
        "test_modify_listener_http_to_https",
    ],
    "AWS: an application load balancer crosses zones, always": [
        "test_describe_load_balancer_attributes_default",
        "test_modify_load_balancer_attributes_crosszone_enabled",
    ],
    "AWS: there are 50 load balancers in a region": [
        "test_describe_paginated_balancers",
    ],
    "policies are told in the order of their table": [
        "test_describe_ssl_policies",
    ],
    "AWS: answers say all that was left out": [
        "test_create_rule_condition[condition0]",
        "test_create_rule_condition[condition1]",
        "test_create_rule_condition[condition4]",
        "test_create_rule_condition[condition5]",
        "test_delete_target_group_after_modifying_listener",
        "test_forward_config_action",
        "test_handle_listener_rules",
        "test_modify_rule_condition[create_condition0-modify_condition0]",
        "test_modify_rule_condition[create_condition2-modify_condition2]",
    ],
    "AWS: a stickiness that is on has a duration": [
        "test_forward_config_action__with_stickiness",
    ],
    "AWS: a rule has conditions and actions": [
        "test_create_rule_action[action0]",
        "test_create_rule_action[action1]",
        "test_create_rule_action[action2]",
        "test_create_rule_action[action3]",
        "test_create_rule_action_forward_config",
        "test_create_rule_action_forward_target_group",
        "test_modify_rule_conditions",
    ],
    "AWS: a path begins with a slash": [
        "test_redirect_action_listener_rule",
    ],
    "SSM is not implemented": [
        "test_register_targets",
    ],
    "AWS: a target is of its group's network": [
        "test_stopped_instance_target",
        "test_terminated_instance_target",
    ],
    "AWS: empty lists are there": [
        "test_create_target_group_and_listeners",
        "test_set_subnets__mapping",
    ],
    "target groups of load balancers are not implemented": [
        "test_create_target_group_with_target_type[alb]",
    ],
    "AWS: in its own words": [
        "test_delete_target_group_while_listener_still_exists",
    ],
    "AWS: a port has one listener": [
        "test_describe_target_groups",
    ],
    "AWS: all attributes are told": [
        "test_target_group_attributes",
    ],
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_elbv2_cloudformation.py": "CloudFormation",
    "test_elbv2_integration.py": "ACM and Global Accelerator",
}

moto_suite.run("elbv2", REASONS, LEFT_OUT, plugin="moto_elbv2_plugin")
