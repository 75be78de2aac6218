"""moto's own tests of Lambda, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[s3,sqs,awslambda,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "needs ECR": """
        test_create_function_from_image test_create_function_from_image_default_working_directory
        test_create_function_from_image_with_kmskey test_create_function_from_mocked_ecr_image_digest
        test_create_function_from_mocked_ecr_image_tag test_create_function_from_mocked_ecr_missing_image
        test_create_function_from_stubbed_ecr test_update_function_ecr test_invoke_lambda_with_entrypoint""",
    "needs DynamoDB": "test_invoke_function_from_dynamodb_put test_invoke_function_from_dynamodb_update",
    "needs Kinesis": "test_invoke_function_from_kinesis",
    "needs SNS": "test_invoke_function_from_sns",
    "needs EC2": "test_invoke_function_get_ec2_volume",
    "needs IAM: any role can be assumed here": """
        test_create_function_with_arn_from_different_account test_create_function_with_unknown_arn""",
    "needs moto's own controls": "test_lambda_request_unauthorized_user",
    "AWS tells everything of a function, and it is Pending first": "test_create_function_from_zipfile",
    "AWS lists functions without their states": "test_list_create_list_get_delete_list",
    "a function's code is got from Cloudless, not from AWS's buckets": """
        test_get_function_created_with_zipfile test_update_function_s3 test_update_function_zip[FunctionArn]
        test_update_function_zip[FunctionName]""",
    "AWS, as its model has it: a package's type is Zip, not ZIP": "test_create_function_from_aws_bucket",
    "AWS says [foo], not Python's ['foo']": "test_create_function_error_bad_architecture",
    "AWS's patterns have gone on": """
        test_create_function_with_invalid_arn test_put_event_invoke_config_errors_1
        test_put_event_invoke_config_errors_2""",
    "AWS, as its model has it: no such ARN": """
        test_get_function_code_signing_config[FunctionArn] test_get_function_code_signing_config[FunctionName]
        test_create_event_source_mapping test_list_event_source_mappings
        test_add_function_permission[FunctionArn] test_add_function_permission[FunctionName]
        test_add_permission_with_principalorgid test_remove_function_permission[FunctionArn]
        test_remove_function_permission[FunctionName]
        test_remove_function_permission__with_qualifier[FunctionArn]
        test_remove_function_permission__with_qualifier[FunctionName]""",
    "AWS, as recorded: what is set for a function's events is set for $LATEST, and tells so": """
        test_get_event_invoke_config test_get_event_invoke_config_empty test_put_event_invoke_config[config0]
        test_put_event_invoke_config[config1] test_put_event_invoke_config[config2]""",
    "AWS, as recorded: what has not been set cannot be updated": """
        test_update_event_invoke_config[config0] test_update_event_invoke_config[config1]
        test_update_event_invoke_config[config2]""",
    "AWS, as recorded: there are no versions of a function that is not there": """
        test_list_versions_by_function_for_nonexistent_function""",
    "AWS leaves 100 of an account's concurrency to those without a reservation": """
        test_put_function_concurrency_not_enforced""",
    "AWS, as recorded: ResourceConflictException": "test_aliases_are_unique_per_function",
    "AWS, as recorded: $LATEST has no part in an alias of two versions": """
        test_create_alias_with_routing_config test_update_alias_routingconfig""",
    "AWS, as recorded: what is got by an alias has its ARN": """
        test_get_function_using_alias[BOTH] test_get_function_using_alias[NAME]
        test_get_function_using_alias[SEPARATE]""",
    "AWS, as recorded: a mapping is Creating first": """
        test_delete_event_source_mapping test_invoke_function_from_sqs[FunctionArn]
        test_invoke_function_from_sqs[FunctionName] test_invoke_function_from_sqs_exception
        test_update_event_source_mapping""",
    "AWS, as recorded: a package is a ZIP archive": """
        test_event_source_mapping_tagging_lifecycle test_invoke_local_lambda_layers""",
    "AWS, as documented: who sends an event gets no answer of the function": """
        TestLambdaInvocations::test_invoke_event_function test_invoke_function_with_multiple_files_in_zip
        test_invoke_lambda_using_environment_port""",
    "AWS, as recorded: what a function throws is Unhandled": """
        TestLambdaInvocations_Error::test_invoke_function_that_throws_error[None]
        TestLambdaInvocations_Error::test_invoke_function_that_throws_error[RequestResponse]""",
    "AWS, as recorded: the runtimes of a layer are those of functions, and python3.6 is none": """
        test_add_layer_version_permission test_delete_layer_version[False] test_delete_layer_version[True]
        test_get_layer_version test_get_layer_version__unknown test_get_layer_version_policy
        test_publish_lambda_layers__without_content test_remove_layer_version_permission""",
    "AWS, as recorded: InvalidParameterValueException for a layer that is not there": """
        test_create_function_with_unknown_layer""",
    "AWS, as recorded: tags are set and taken with status 204": "test_tags",
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_awslambda_cloudformation.py": "CloudFormation",
}

moto_suite.run("awslambda", REASONS, LEFT_OUT, plugin="moto_lambda_plugin")
