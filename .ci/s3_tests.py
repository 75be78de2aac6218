"""ceph/s3-tests against a Cloudless: python3 .ci/s3_tests.py CHECKOUT [pytest's arguments]

The suite is about a RADOS gateway and about AWS as it was before April 2023, when a new bucket took ACLs and
public policies: it runs with --bucket-defaults=2022. Left out is what is about neither S3 nor AWS (by the
suite's own marks). `CLOUDLESS_BIN` is the program; without it, it is built.
Needs what the suite's requirements.txt names, and pytest-xdist and pytest-timeout.
"""

import os
import sys

import suites

LEFT_OUT = """
    fails_on_aws fails_on_s3 lifecycle_expiration lifecycle_transition cloud_transition cloud_restore
    target_by_bucket bucket_logging bucket_logging_cleanup iam_account iam_cross_account iam_role iam_tenant
    iam_user user_policy role_policy session_policy group group_policy test_of_sts webidentity_test sns s3select
    appendobject auth_aws2 storage_class s3website s3website_routing_rules s3website_redirect_location
""".split()

# Why a test fails, and the tests that do.
REASONS = {
    "AWS since January 2023: every bucket encrypts by AES256": """
        test_get_bucket_encryption_s3 test_delete_bucket_encryption_s3 test_sse_s3_default_method_head""",
    "AWS, as recorded: a listing writes a space as `+` where keys are to be encoded": """
        test_bucket_list_encoding_basic test_bucket_listv2_encoding_basic""",
    "AWS, as recorded: StartAfter is not repeated beside a token":
        "test_bucket_listv2_both_continuationtoken_startafter",
    "AWS, as recorded: `The continuation token provided is incorrect`":
        "test_bucket_listv2_continuationtoken_empty",
    "AWS, as recorded: a checksum that cannot be one is InvalidRequest":
        "test_object_checksum_sha256 test_object_checksum_crc64nvme",
    "AWS has no tenants":
        "test_bucket_policy_different_tenant test_bucket_policy_tenanted_bucket",
    "AWS, as recorded: InvalidPartNumber is 416": """
        test_multipart_get_part test_multipart_single_get_part test_non_multipart_get_part
        test_non_multipart_sse_c_get_part""",
    "AWS says InvalidArgument of a default retention that is not positive":
        "test_object_lock_put_obj_lock_invalid_days test_object_lock_put_obj_lock_invalid_years",
    "x-amz-delete-marker is never false on AWS: the header is not there then":
        "test_delete_marker_nonversioned",
}


def main():
    if len(sys.argv) < 2 or not os.path.isdir(os.path.join(sys.argv[1], "s3tests")):
        sys.exit(__doc__)
    folder, more = os.path.abspath(sys.argv[1]), sys.argv[2:]
    outcomes = suites.run(
        folder, "s3_tests_plugin",
        ["-n", str(os.cpu_count() or 1), "--timeout", "120", "-k", "not kms",
         "-m", " and ".join(f"not {mark}" for mark in LEFT_OUT), *more,
         "s3tests/functional/test_s3.py", "s3tests/functional/test_headers.py"],
        {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull,
         "AWS_SHARED_CREDENTIALS_FILE": os.devnull},
    )
    suites.judge("ceph/s3-tests", outcomes, REASONS)


main()
