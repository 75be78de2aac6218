"""moto's own tests of EC2 Auto Scaling, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[autoscaling,elb,elbv2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "AWS: a capacity lies between the group's bounds, and a call that wants another is refused": """
        TestAutoScalingInstances::test_standby_exit_standby
        test_set_desired_capacity_without_protection[1-5] test_set_desired_capacity_without_protection[2-1]
        test_set_desired_capacity_without_protection[2-3]""",
    "AWS: the grace period is 0 where a call says none (300 in the console)": """
        TestAutoScalingGroup::test_create_autoscaling_groups_defaults test_update_autoscaling_group_health_check""",
    "AWS: what is mapped to the image's root device is the root itself, and there is no second volume": """
        test_create_template_with_block_device
        test_describe_autoscaling_groups_launch_template_with_block_device_mappings""",
    "AWS: a launch configuration's name is taken once": """
        TestAutoScalingELB::test_create_autoscaling_group_within_elb""",
    "an instance that is detached keeps its tag aws:autoscaling:groupName": """
        TestAutoScalingInstances::test_detach_one_instance TestAutoScalingInstances::test_detach_one_instance_decrement""",
    "AWS: a security group is of the network of the instance": """
        test_create_autoscaling_group_from_instance_with_security_groups""",
    "AWS: a target is tracked by one metric, predefined or customised": """
        test_create_autoscaling_policy_with_policytype__targettrackingscaling""",
    "AWS: a step policy says how it adjusts (AdjustmentType is required)": """
        test_create_autoscaling_policy_with_policytype__stepscaling""",
    "predictive scaling is not implemented, and refused by name": """
        test_create_autoscaling_policy_with_predictive_scaling_config""",
    "AWS: a group that has instances is deleted with ForceDelete alone (ResourceInUse)": """
        TestAutoScalingGroup::test_autoscaling_group_delete""",
    "weights and spot instances of a mixed group are kept only: capacity is counted in instances": """
        TestAutoScalingGroup::test_mixed_instance_calculations""",
    "AWS: a suspended process tells since when it is (User suspended at ...)": """
        TestAutoScalingGroup::test_resume_processes""",
    "AWS: protection from termination does not keep a group from ending its instances": """
        TestAutoscalignELBv2::test_failed_delete_preserves_target_group_attachments""",
    "AWS: a launch configuration's answer has no Ebs where none was given, no AssociatePublicIpAddress where nothing was said, UserData always, detailed monitoring by default": """
        test_create_launch_configuration_additional_params_default_to_false
        test_create_launch_configuration_defaults test_create_launch_configuration_with_block_device_mappings""",
    "AWS: metadata goes 64 hops at most": """
        test_create_launch_configuration_additional_parameters""",
    "AWS: a policy that says no cooldown has none of its own: the group's counts": """
        test_create_policy_default_values""",
    "Resource Groups Tagging is not implemented": """
        test_rgtapi_tag_resources_updates_autoscaling_group test_rgtapi_untag_resources_removes_autoscaling_tags""",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_autoscaling_cloudformation.py": "CloudFormation",
    "test_autoscaling_warm_pools.py": "warm pools",
}

moto_suite.run("autoscaling", REASONS, LEFT_OUT, plugin="moto_autoscaling_plugin")
