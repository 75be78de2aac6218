"""moto's own tests of CloudWatch Logs, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[logs,server], pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "destinations are not implemented": "test_destinations test_destinations_no_prefix test_destination_tags",
    "deliveries are not implemented": """
        test_create_delivery test_delete_delivery test_delete_delivery_destination test_delete_delivery_destination_policy
        test_delete_delivery_source test_describe_deliveries test_describe_delivery_destinations
        test_describe_delivery_sources test_get_delivery test_get_delivery_destination
        test_get_delivery_destination_policy test_get_delivery_source test_put_delivery_destination
        test_put_delivery_destination_policy test_put_delivery_destination_update test_put_delivery_source""",
    "StartLiveTail is not implemented": """
        test_start_live_tail_filters_by_log_stream_name_prefixes test_start_live_tail_rejects_more_than_ten_log_groups
        test_start_live_tail_rejects_stream_filters_with_multiple_log_groups
        test_start_live_tail_rejects_stream_names_and_prefixes_together test_start_live_tail_returns_session_events""",
    "needs IAM": """
        test_delete_subscription_filter test_delete_subscription_filter_errors test_put_subscription_filter_errors
        test_put_subscription_filter_update test_put_subscription_filter_with_lambda
        test_subscription_filter_applies_to_new_streams""",
    "needs Firehose": "test_put_subscription_filter_with_firehose",
    "needs Kinesis": "test_put_subscription_filter_with_kinesis",
    "needs KMS": "test_create_log_group[arn:aws:kms:us-east-1:000000000000:key/51d81fab-b138-4bd2-8a09-07fd6d37224d]",
    "AWS: nothing is sent on to a group": "test_put_subscription_filter_with_loggroup",
    "AWS's tokens are 56 digits that begin with the time, behind `f/` or `b/`":
        "test_get_log_events test_get_log_events_with_start_from_head",
    "AWS refuses tokens that it has not given, and its own say nothing": """
        TestLogFilterParameters::test_filter_logs_paging TestLogFilterParameters::test_filter_logs_paging__unknown_token
        test_describe_log_groups_paging test_describe_log_streams_paging""",
    "AWS: tooOldLogEventEndIndex is exclusive":
        "test_put_log_events_in_the_past[15] test_put_log_events_in_the_past[400]",
    "AWS: what is no JSON fits no condition on JSON": "TestLogsFilterPattern::test_unknown_pattern",
    "AWS: a metric filter is of a group that there is": """
        test_delete_metric_filter test_describe_metric_filters_happy_log_group_name
        test_describe_metric_filters_happy_metric_name test_describe_metric_filters_happy_prefix
        test_describe_metric_filters_multiple_happy""",
    "AWS's model: a namespace has no colon":
        "test_put_and_describe_metric_filter_with_non_alphanumerics_in_namespace",
    "the test asks for words that are not AWS's": [
        "test_delete_metric_filter_invalid_filter_name[x:x-Must match pattern]",
        "test_delete_metric_filter_invalid_filter_name[filter_name0-Minimum length of 1. Maximum length of 512.]",
        "test_delete_metric_filter_invalid_log_group_name[x!x-Must match pattern]",
        "test_delete_metric_filter_invalid_log_group_name[log_group_name0-Minimum length of 1. Maximum length of 512.]",
    ],
    "AWS: `test` is no query": "test_start_query__unknown_log_group",
}
# The same, of tests that pass by chance.
BY_CHANCE = {
    "AWS: a batch spans no more than 24 hours; the test's is as long as it took to make":
        "TestLogFilterParameters::test_put_log_events_now",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_export_tasks.py": "export tasks",
    "test_logs_cloudformation.py": "CloudFormation",
}

moto_suite.run("logs", REASONS, LEFT_OUT, by_chance=BY_CHANCE)
