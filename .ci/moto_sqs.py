"""moto's own tests of SQS, in its server mode, with a Cloudless in the place of moto's server.

`CLOUDLESS_BIN` is the program; without it, it is built. Needs moto[sqs,server], pytest and freezegun.
"""

import moto_suite

# Where AWS does otherwise than moto, and the tests that fail for it.
REASONS = {
    "AWS: a standard queue has no attribute FifoQueue, least of all with the value `tru`":
        "test_create_queue_with_different_attributes_fail",
    "AWS: `Unknown Attribute FifoQueue.` where a standard queue is created with FifoQueue=false":
        "test_create_fifo_queue_with_dlq",
    "AWS: MessageRetentionPeriod is at least 60 seconds; the test sets one":
        "test_message_retention_period",
    "AWS, as recorded: the policy that AddPermission writes has the version 2008-10-17":
        "test_permissions",
    "AWS, as recorded of a queue without a policy: `Reason: can't find label.`":
        "test_remove_permission_errors",
    "AWS, as recorded: a batch without a group is refused with InvalidParameterValue":
        "test_send_messages_to_fifo_without_message_group_id",
    "AWS: a standard queue takes no MessageDeduplicationId":
        "test_message_delay_is_more_than_15_minutes",
    "AWS today: `The type of message (user) attribute 'x' is invalid. You must use only …`":
        "test_message_with_attributes_invalid_datatype",
    "AWS today: `Message (user) attributes name can only contain upper and lower score characters, …`":
        "test_message_with_invalid_attributes",
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_sqs_cloudformation.py": "CloudFormation",
    "test_sqs_integration.py": "CloudWatch Logs",
}

moto_suite.run("sqs", REASONS, LEFT_OUT)
