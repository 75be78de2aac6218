"""moto's own tests of CloudWatch, in its server mode, with a Cloudless in the place of moto's server.

boto3 speaks CBOR to it. `CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[cloudwatch,server],
pytest and freezegun.
"""

import moto_suite

# Why a test fails, and the tests that do.
REASONS = {
    "AWS: how much a bucket holds is told at midnight": "test_cloudwatch_return_s3_metrics",
    "the test puts points of 2020, and AWS takes those of the last two weeks": "test_custom_timestamp",
    "AWS: points of a metric are of exactly its dimensions":
        "test_get_metric_data_for_dimensions test_get_metric_statistics_dimensions",
    "AWS: a metric is listed once, however many points it has": "test_list_metrics test_list_metrics_paginated",
    "AWS: a datum has a value":
        "test_list_metrics_with_same_dimensions_different_metric_name test_list_metrics_without_value",
    "AWS: an alarm begins as INSUFFICIENT_DATA":
        "test_put_metric_alarm test_put_metric_alarm_with_percentile test_alarm_state",
    "AWS: an action is an ARN": """
        test_create_alarm[cn-north-1-aws-cn] test_create_alarm[eu-west-1-aws] test_delete_alarm
        test_enable_disable_alarm_actions""",
    "AWS: an alarm on a metric has a statistic and a threshold": "test_tag_resource_on_resource_without_tags",
    "anomaly detection is not implemented": "test_put_metric_alarm_with_anomaly_detection",
    "there is one partition": "test_put_list_dashboard[cn-north-1-aws-cn]",
}
# The same, of tests that pass by chance.
BY_CHANCE = {
    "the test puts points half a minute apart, and takes them for those of one minute":
        "test_get_metric_data_partially_within_timeframe",
}
# Whole files that are about what Cloudless does not have.
LEFT_OUT = {
    "test_cloudwatch_cloudformation.py": "CloudFormation",
    "test_cloudwatch_expression_parser.py": "moto's own parser, which is no part of the API",
}

moto_suite.run("cloudwatch", REASONS, LEFT_OUT, by_chance=BY_CHANCE)
