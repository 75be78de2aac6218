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

# Why a test fails, and the tests that do. "As recorded": answers of AWS itself say so.
REASONS = {
    # What no server can do.
    "botocore signs, and counts the body, after the test has taken the header away: nothing is wrong with the call": """
        test_bucket_create_bad_authorization_empty test_bucket_create_bad_authorization_none
        test_object_create_bad_authorization_empty test_object_create_bad_authorization_none
        test_object_create_bad_contentlength_none""",
    "AWS: the key is UTF-8 like any other, and there is none":
        "test_object_read_unreadable",
    "AWS has no tenants":
        "test_bucket_policy_different_tenant test_bucket_policy_tenanted_bucket",

    # Lists.
    "AWS, as recorded: the owner's grant is the first of a list, and groups have no DisplayName to sort by": """
        test_bucket_acl_canned test_bucket_acl_canned_authenticatedread test_bucket_acl_canned_publicreadwrite
        test_put_bucket_acl_grant_group_read test_object_acl_canned test_object_acl_canned_authenticatedread
        test_object_acl_canned_bucketownerfullcontrol test_object_acl_canned_bucketownerread
        test_object_acl_canned_during_create test_object_acl_canned_publicreadwrite
        test_versioned_object_acl test_versioned_object_acl_no_version_specified""",
    "AWS, as recorded: a listing writes a space as `+` where keys are to be encoded": """
        test_bucket_list_encoding_basic test_bucket_listv2_encoding_basic""",
    "AWS: EncodingType encodes the prefix, too; botocore decodes it in version 2 alone":
        "test_bucket_list_prefix_unreadable",
    "AWS, as recorded: StartAfter is not repeated beside a token":
        "test_bucket_listv2_both_continuationtoken_startafter",
    "AWS, as recorded: `The continuation token provided is incorrect`":
        "test_bucket_listv2_continuationtoken_empty",

    # Who may do what.
    "AWS: s3:PutObjectTagging is needed beside s3:PutObject, and no ACL grants it":
        "test_bucket_policy_put_obj_request_obj_tag test_post_object_tags_anonymous_request",
    "AWS: a policy whose action is done with none of its statement's resources is MalformedPolicy":
        "test_bucket_policy_multipart",
    "AWS: a bucket's owner needs no statement that allows":
        "test_bucket_policy_set_condition_operator_end_with_IfExists",
    "AWS: GetBucketPolicyStatus is NoSuchBucketPolicy where there is none, and does not look at ACLs": """
        test_get_bucket_policy_status test_get_public_acl_bucket_policy_status
        test_get_authpublic_acl_bucket_policy_status test_get_publicpolicy_acl_bucket_policy_status
        test_get_nonpublicpolicy_acl_bucket_policy_status""",
    "AWS: a field of a form that its policy names must be there, and a field that is there must be named":
        "test_sse_s3_default_post_object_authenticated_request test_post_object_upload_checksum",
    "AWS: AuthorizationQueryParametersError is 400": """
        test_object_raw_get_x_amz_expires_out_max_range test_object_raw_get_x_amz_expires_out_positive_range
        test_object_raw_put_authenticated_expired""",

    # Writing.
    "AWS: `*` is the only If-None-Match of a write; an ETag is NotImplemented": """
        test_put_object_if_match test_put_object_current_if_match test_put_current_object_if_match
        test_put_current_object_if_none_match test_multipart_put_object_if_match
        test_multipart_put_current_object_if_match test_multipart_put_current_object_if_none_match""",
    "AWS: a body without a length is NotImplemented, with the header Transfer-Encoding":
        "test_object_write_with_chunked_transfer_encoding",
    "AWS: who has a bucket in us-east-1 creates it again with 200, elsewhere it is BucketAlreadyOwnedByYou":
        "test_bucket_recreate_overwrite_acl test_bucket_recreate_new_acl",
    "AWS: eleven tags are BadRequest: `Object tags cannot be greater than 10`":
        "test_put_excess_tags",
    "AWS, as recorded: a checksum that cannot be one is InvalidRequest":
        "test_object_checksum_sha256 test_object_checksum_crc64nvme",
    "AWS, as recorded: metadata beyond ASCII come back as encoded words":
        "test_object_set_get_unicode_metadata",
    "AWS says InvalidArgument of a default retention that is not positive":
        "test_object_lock_put_obj_lock_invalid_days test_object_lock_put_obj_lock_invalid_years",
    "x-amz-delete-marker is never false on AWS: the header is not there then":
        "test_delete_marker_nonversioned",
    "AWS ended BitTorrent in 2022: ?torrent is MethodNotAllowed":
        "test_get_object_torrent",

    # Encryption.
    "AWS, as recorded: another customer's key is AccessDenied (403)":
        "test_encryption_sse_c_other_key test_encryption_sse_c_multipart_bad_download",
    "AWS, as recorded: under a customer's key the same part has another ETag each time it is uploaded":
        "test_multipart_sse_c_get_part",
    "AWS: an upload without a checksum is completed without the customer's key":
        "test_copy_part_enc[sse-c-sse-c-STANDARD-STANDARD-8388608] "
        "test_copy_part_enc[sse-s3-sse-c-STANDARD-STANDARD-8388608]",

    # Uploads in parts.
    "AWS, as recorded: InvalidPartNumber is 416": """
        test_multipart_get_part test_multipart_single_get_part test_non_multipart_get_part
        test_non_multipart_sse_c_get_part""",
    "AWS, as recorded: completed without a word of parts it is InvalidRequest: `You must specify at least one part`":
        "test_multipart_upload_empty",
    "AWS: a part that is named twice is InvalidPartOrder":
        "test_multipart_resend_first_finishes_last",
    "AWS: a range beyond the source is InvalidArgument: `Range specified is not valid for source object of size: 5`":
        "test_multipart_copy_invalid_range",
    "AWS, as recorded: a composite checksum wants that of each part in the request that completes":
        "test_get_multipart_checksum_object_attributes",
    "AWS, as recorded: attributes list parts where the checksum is composite alone, else they count them": """
        test_get_multipart_object_attributes test_get_paginated_multipart_object_attributes
        test_get_single_multipart_object_attributes""",
    "AWS, as recorded: attributes have a composite checksum without its number of parts":
        "test_multipart_use_cksum_helper_sha1 test_multipart_use_cksum_helper_sha256",
    "AWS: no part among others has a checksum where the object's is that of all bytes": """
        test_multipart_use_cksum_helper_crc32 test_multipart_use_cksum_helper_crc32c
        test_multipart_use_cksum_helper_crc64nvme""",
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
