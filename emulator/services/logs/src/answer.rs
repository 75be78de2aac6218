//! Which operation does what.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::{Cx, Logs, Request, Response, metric_filter};

/// Each operation with what answers it.
macro_rules! answers {
    ($request:expr; $( $operation:ident($input:ident) => $answer:expr; )*) => {
        match $request {
            $( Request::$operation($input) => Response::$operation(Box::new($answer?)), )*
        }
    };
}

impl Logs {
    pub(crate) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(answers! { request;
            CreateLogGroup(it) => self.create_log_group(cx, origin, *it);
            CreateLogStream(it) => self.create_log_stream(cx, origin, &it);
            DeleteLogGroup(it) => self.delete_log_group(cx, origin, &it);
            DeleteLogStream(it) => self.delete_log_stream(cx, origin, &it);
            DeleteMetricFilter(it) => self.delete_metric_filter(cx, origin, &it);
            DeleteQueryDefinition(it) => self.delete_query_definition(cx, origin, &it);
            DeleteResourcePolicy(it) => self.delete_resource_policy(cx, origin, &it);
            DeleteRetentionPolicy(it) => self.delete_retention_policy(cx, origin, &it);
            DeleteSubscriptionFilter(it) => self.delete_subscription_filter(cx, origin, &it);
            DescribeLogGroups(it) => self.describe_log_groups(origin, &it);
            DescribeLogStreams(it) => self.describe_log_streams(origin, &it);
            DescribeMetricFilters(it) => self.describe_metric_filters(origin, &it);
            DescribeQueries(it) => self.describe_queries(origin, &it);
            DescribeQueryDefinitions(it) => self.describe_query_definitions(origin, &it);
            DescribeResourcePolicies(it) => self.describe_resource_policies(origin, &it);
            DescribeSubscriptionFilters(it) => self.describe_subscription_filters(origin, &it);
            FilterLogEvents(it) => self.filter_log_events(cx, origin, &it);
            GetLogEvents(it) => self.get_log_events(cx, origin, &it);
            GetLogGroupFields(it) => self.get_log_group_fields(cx, origin, &it);
            GetLogRecord(it) => self.get_log_record(cx, origin, &it);
            GetQueryResults(it) => self.get_query_results(origin, &it);
            ListLogGroups(it) => self.list_log_groups(origin, &it);
            ListTagsForResource(it) => self.list_tags_for_resource(&it);
            ListTagsLogGroup(it) => self.list_tags_log_group(origin, &it);
            PutLogEvents(it) => self.put_log_events(cx, origin, &it);
            PutLogGroupDeletionProtection(it) => self.put_log_group_deletion_protection(cx, origin, &it);
            PutMetricFilter(it) => self.put_metric_filter(cx, origin, *it);
            PutQueryDefinition(it) => self.put_query_definition(cx, origin, *it);
            PutResourcePolicy(it) => self.put_resource_policy(cx, origin, *it);
            PutRetentionPolicy(it) => self.put_retention_policy(cx, origin, &it);
            PutSubscriptionFilter(it) => self.put_subscription_filter(cx, origin, *it);
            StartQuery(it) => self.start_query(cx, origin, *it);
            StopQuery(it) => self.stop_query(origin, &it);
            TagLogGroup(it) => self.tag_log_group(cx, origin, *it);
            TagResource(it) => self.tag_resource(cx, *it);
            TestMetricFilter(it) => metric_filter::test(&it);
            UntagLogGroup(it) => self.untag_log_group(cx, origin, &it);
            UntagResource(it) => self.untag_resource(cx, &it);
        })
    }
}
