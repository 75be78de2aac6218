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
        test_copy_object_in_place_with_encryption test_copy_object_with_kms_encryption""",
    "SelectObjectContent is not implemented": """
        test_bzipped_csv_to_csv test_bzipped_json test_count_csv test_count_function test_default_record_delimiter
        test_extensive_json__select_all test_extensive_json__select_list test_gzipped_json
        test_long_json__select_subdocument test_long_json__where_filter test_nested_json__select_all test_query_all
        test_select_unknown_key""",
    "needs moto's own controls": """
        test_delete_objects_without_access_throws_custom_error test_head_bucket_with_correct_credentials
        test_head_bucket_with_incorrect_credentials test_load_unexisting_object_without_auth_should_return_403""",
    "AWS since January 2023: every object and bucket is encrypted by AES256": """
        test_copy_object_with_bucketkeyenabled_returns_the_value test_delete_and_get_encryption
        test_encryption_on_new_bucket_fails test_encryption_status_on_copied_objects
        test_encryption_status_on_new_objects""",
    "AWS tells no DisplayName since November 2025": "test_list_objects_v2_fetch_owner",
}
# Whole files that are about services which Cloudless does not have.
LEFT_OUT = {
    "test_s3_cloudformation.py": "CloudFormation",
    "test_s3_lambda_integration.py": "moto's tests of Lambda beside it",
}

moto_suite.run("s3", REASONS, LEFT_OUT, " ".join(suites.of_2022()))
