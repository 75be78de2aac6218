"""moto's own tests of EC2 Auto Scaling, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[autoscaling,elb,elbv2,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do. What AWS does is of its API reference, its user guide, its CLI's examples, or
# answers that clients have reported.
REASONS = {
    "AWS: a capacity lies between the group's bounds (terraform: Desired capacity:10 must be between the specified min size:1 and max size:1)": """
        TestAutoScalingInstances::test_standby_exit_standby
        test_set_desired_capacity_without_protection[1-5] test_set_desired_capacity_without_protection[2-1]
        test_set_desired_capacity_without_protection[2-3]""",
    "AWS: the grace period is 0 where a call says none, 300 in the console alone (API_CreateAutoScalingGroup)": """
        TestAutoScalingGroup::test_create_autoscaling_groups_defaults test_update_autoscaling_group_health_check""",
    "AWS: what is mapped to the image's root device is the root itself, and there is no second volume": """
        test_create_template_with_block_device
        test_describe_autoscaling_groups_launch_template_with_block_device_mappings""",
    "AWS: a launch configuration's name is taken once": """
        TestAutoScalingELB::test_create_autoscaling_group_within_elb""",
    "AWS: a security group is of the network of the instance (terraform: belong to different networks)": """
        test_create_autoscaling_group_from_instance_with_security_groups""",
    "AWS: a target is tracked by a predefined metric or a customised one (API_TargetTrackingConfiguration)": """
        test_create_autoscaling_policy_with_policytype__targettrackingscaling""",
    "AWS: schedules are of a group that is there (terraform #12279: Group ... not found)": """
        TestAutoScalingScheduledActions::test_non_existing_group_name""",
    "AWS: a step policy says how it adjusts (API_PutScalingPolicy: AdjustmentType is required)": """
        test_create_autoscaling_policy_with_policytype__stepscaling""",
    "predictive scaling is not implemented, and refused by name": """
        test_create_autoscaling_policy_with_predictive_scaling_config""",
    "AWS: a group that has instances is deleted with ForceDelete alone (API_DeleteAutoScalingGroup)": """
        TestAutoScalingGroup::test_autoscaling_group_delete""",
    "weights and spot instances of a mixed group are kept only: capacity is counted in instances": """
        TestAutoScalingGroup::test_mixed_instance_calculations""",
    "AWS: a suspended process tells since when it is (recorded: User suspended at 2025-10-20T22:56:42Z)": """
        TestAutoScalingGroup::test_resume_processes""",
    "AWS: protection from termination does not keep a group from ending its instances (Using_ChangingDisableAPITermination)": """
        TestAutoscalignELBv2::test_failed_delete_preserves_target_group_attachments""",
    "AWS: a launch configuration's answer has UserData always, detailed monitoring by default (CLI, describe-launch-configurations), no Ebs and no AssociatePublicIpAddress where none was given (not confirmed)": """
        test_create_launch_configuration_additional_params_default_to_false
        test_create_launch_configuration_defaults test_create_launch_configuration_with_block_device_mappings""",
    "AWS: metadata goes 64 hops at most (API_InstanceMetadataOptions)": """
        test_create_launch_configuration_additional_parameters""",
    "AWS: a policy that says no cooldown has none of its own: the group's counts (API_PutScalingPolicy)": """
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
