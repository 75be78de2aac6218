"""moto's own tests of S3, in its server mode, with a Cloudless in the place of moto's server.

moto's buckets take ACLs, as AWS's did before April 2023: hence --bucket-defaults=2022. `CLOUDLESS_BIN` is the
program; without it, it is built. Needs moto[s3,sqs,server], pytest and freezegun.
"""

import moto_suite
import suites

# Why a test fails, and the tests that do.
REASONS = {
    "needs EventBridge, whose targets are kept and not served": """
        test_complete_multipart_upload_notification test_copy_object_notification
        test_delete_object_acl_update_notification test_delete_object_notification
        test_delete_object_tagging_notification test_put_object_notification_ObjectCreated_PUT[cn-north-1-aws-cn]
        test_put_object_notification_ObjectCreated_PUT[us-west-2-aws] test_put_object_tagging_notification
        test_restore_key_notifications test_send_event_bridge_message""",
    "needs the Resource Groups Tagging API": """
        test_rgtapi_get_resources_filters_s3_by_tag_value test_rgtapi_get_resources_returns_s3_buckets
        test_rgtapi_get_resources_service_prefix_matches_s3 test_rgtapi_get_tag_keys_and_values_include_s3
        test_rgtapi_s3_visible_from_other_region test_rgtapi_tag_resources_updates_s3_bucket
        test_rgtapi_untag_resources_removes_s3_tags""",
    "needs KMS": """
        test_copy_object_in_place_with_encryption test_copy_object_with_kms_encryption test_object_headers
        test_ssm_key_headers_in_create_multipart""",
    "needs AWS Config": "test_public_access_block",
    "SelectObjectContent is not implemented": """
        test_bzipped_csv_to_csv test_bzipped_json test_count_csv test_count_function test_default_record_delimiter
        test_extensive_json__select_all test_extensive_json__select_list test_gzipped_json
        test_long_json__select_subdocument test_long_json__where_filter test_nested_json__select_all test_query_all
        test_select_unknown_key""",
    "needs moto's own controls": """
        test_delete_objects_without_access_throws_custom_error test_head_bucket_with_correct_credentials
        test_head_bucket_with_incorrect_credentials test_load_unexisting_object_without_auth_should_return_403""",
    "a restore takes its time, as on AWS, and the clock has not moved": """
        test_restore_key test_s3_copy_object_for_deep_archive_storage_class_restored
        test_s3_copy_object_for_glacier_storage_class_restored""",
    "AWS says that a restore is not allowed for the object's current storage class": """
        test_cannot_restore_standard_class_object""",
    "AWS refuses to copy what is archived with InvalidObjectState": """
        test_s3_copy_object_error_for_deep_archive_storage_class_not_restored
        test_s3_copy_object_error_for_glacier_storage_class_not_restored""",
    "AWS tells no DisplayName since November 2025": "test_list_objects_v2_fetch_owner",
    "AWS, as recorded: checksums come with their type, whoever asked for them": """
        TestS3ObjectAttributes::test_get_attributes_checksum[algo_val0]
        TestS3ObjectAttributes::test_get_attributes_checksum[algo_val1]
        TestS3ObjectAttributes::test_get_attributes_checksum[algo_val2]""",
    "AWS, as recorded: a grantee is an id that there is, or the `uri` of a group that there is": """
        test_put_object_acl_using_grant[Read-False-AllUsers-type_key0]
        test_put_object_acl_using_grant[Read-False-AllUsers-type_key1]
        test_put_object_acl_using_grant[Read-False-http://acs.amazonaws.com/groups/global/AllUsers-type_key0]
        test_put_object_acl_using_grant[Read-False-http://acs.amazonaws.com/groups/global/AllUsers-type_key1]
        test_put_object_acl_using_grant[Read-True-AllUsers-type_key0]
        test_put_object_acl_using_grant[Read-True-AllUsers-type_key1]
        test_put_object_acl_using_grant[Read-True-http://acs.amazonaws.com/groups/global/AllUsers-type_key0]
        test_put_object_acl_using_grant[Read-True-http://acs.amazonaws.com/groups/global/AllUsers-type_key1]
        test_put_object_acl_using_grant[Write-False-AllUsers-type_key0]
        test_put_object_acl_using_grant[Write-False-AllUsers-type_key1]
        test_put_object_acl_using_grant[Write-False-http://acs.amazonaws.com/groups/global/AllUsers-type_key0]
        test_put_object_acl_using_grant[Write-False-http://acs.amazonaws.com/groups/global/AllUsers-type_key1]
        test_put_object_acl_using_grant[Write-True-AllUsers-type_key0]
        test_put_object_acl_using_grant[Write-True-AllUsers-type_key1]
        test_put_object_acl_using_grant[Write-True-http://acs.amazonaws.com/groups/global/AllUsers-type_key0]
        test_put_object_acl_using_grant[Write-True-http://acs.amazonaws.com/groups/global/AllUsers-type_key1]""",
    "AWS, as recorded: the answers of lists have a prefix also where none was given":
        "test_list_objects_truncated_response",
    "AWS, as recorded: an id that can be no version's is InvalidArgument":
        "test_get_unknown_version_should_throw_specific_error",
    "AWS, as recorded: a time that is still to come is no condition":
        "test_get_object_if_modified_since test_head_object_if_modified_since",
    "AWS, as recorded: a configuration that is stored is answered by 204":
        "test_put_and_get_bucket_inventory_configuration",
    "AWS, as recorded: a configuration's id is that of its document": "test_list_bucket_inventory_configurations",
    "AWS, as recorded: `Your proposed upload is smaller than the minimum allowed size`":
        "test_multipart_upload_too_small",
    "AWS, as recorded: parts come in ascending order": "test_multipart_upload_out_of_order",
    "AWS, as recorded: a role is an ARN":
        "test_create_and_retrieve_replication_with_multiple_rules test_create_and_retrieve_replication_with_single_rules",
    "AWS, as recorded: this InvalidRequest has no BucketName": "test_create_replication_without_versioning",
    "AWS: a part is of the upload's own checksum algorithm": "test_multipart_upload_checksum_has_composite_suffix",
    "AWS: a part's number is looked at before its upload": "test_multipart_wrong_partnumber",
    "AWS: an upload is of its key": "test_list_multiparts",
    "AWS: a range is `bytes=first-last`": """
        test_multipart_etag_quotes_stripped test_multipart_upload_with_copy_key[key-with%2Fembedded%2Furl%2Fencoding]
        test_multipart_upload_with_copy_key[key-with?question-mark]
        test_multipart_upload_with_copy_key[original-key]
        test_multipart_upload_with_copy_key[the-unicode-\\U0001f4a9-key]""",
    "AWS: a rule of a lifecycle does something":
        "test_lifecycle_delete test_lifecycle_empty_configuration test_lifecycle_multi",
    "AWS: a transition waits 30 days, and the next one for 30 days more": """
        test_lifecycle_with_multiple_nvt test_lifecycle_with_multiple_transitions test_lifecycle_with_nvt""",
    "AWS: an attribute is asked for": "TestS3ObjectAttributes::test_get_attributes_last_modified",
    "AWS: no bucket's name has an underscore": "test_list_object_versions_with_delimiter_for_deleted_objects",
    "AWS: whoever did not sign may not write": "test_upload_data_without_content_type",
    "AWS: an object of a public bucket is its owner's; a refusal is AccessDenied": """
        test_s3_object_in_private_bucket test_s3_object_in_public_bucket""",
    "AWS: a form's fields stand in its policy": "test_object_acl_with_presigned_post",
    "AWS: a body is stored as it comes, also that of a form": "test_upload_from_file_to_presigned_url",
    "AWS, as recorded: `The ARN could not be parsed`": "test_put_bucket_notification_errors",
    "AWS: destinations of one event do not overlap, and are of the bucket's partition":
        "test_put_bucket_notification[cn-north-1-aws-cn] test_put_bucket_notification[us-west-2-aws]",
    "AWS tells neither what a checksum was asked with nor x-amzn-requestid":
        "test_list_objects_v2_checksum_algo test_s3_returns_requestid",
    "AWS: a bucket that is not there comes before the document": "test_delete_empty_keys_list",
    "AWS, as recorded: logs are asked for whatever the target's ACL says": "test_put_bucket_logging",
    "a log is delivered after five minutes, and the clock has not moved": "test_log_file_is_created",
    "a signature is verified where its key was given to Cloudless": "test_presigned_put_url_with_approved_headers",
    "needs a resolver that knows names under `localhost`": "test_s3_server_post_cors_multiple_origins",
}
# The same, of tests that pass by chance.
BY_CHANCE = {
    "AWS: a version's id begins with a capital letter as well": "test_multipart_version",
    "AWS lists buckets by their names, not as they were created":
        "test_list_buckets test_list_buckets_with_max_buckets",
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_s3_cloudformation.py": "CloudFormation",
    "test_s3_lambda_integration.py": "moto's tests of Lambda beside it",
}

moto_suite.run("s3", REASONS, LEFT_OUT, " ".join(suites.of_2022()), BY_CHANCE)
