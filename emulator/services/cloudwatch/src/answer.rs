//! Which operation does what.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::insight_rule::RuleChange;
use crate::{CloudWatch, Cx, Request, Response};

/// Each operation with what answers it.
macro_rules! answers {
    ($request:expr; $( $operation:ident($input:ident) => $answer:expr; )*) => {
        match $request {
            $( Request::$operation($input) => Response::$operation(Box::new($answer?)), )*
        }
    };
}

impl CloudWatch {
    pub(crate) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(answers! { request;
            DeleteAlarms(it) => self.delete_alarms(cx, origin, &it);
            DeleteDashboards(it) => self.delete_dashboards(cx, origin, &it);
            DeleteInsightRules(it) => self.change_insight_rules(cx, origin, &it, RuleChange::Delete);
            DescribeAlarmHistory(it) => self.describe_alarm_history(cx, origin, &it);
            DescribeAlarms(it) => self.describe_alarms(origin, &it);
            DescribeAlarmsForMetric(it) => self.describe_alarms_for_metric(origin, &it);
            DescribeInsightRules(it) => self.describe_insight_rules(origin, &it);
            DisableAlarmActions(it) => self.enable_alarm_actions(cx, origin, &it, false);
            DisableInsightRules(it) => self.change_insight_rules(cx, origin, &it, RuleChange::Enable(false));
            EnableAlarmActions(it) => self.enable_alarm_actions(cx, origin, &it, true);
            EnableInsightRules(it) => self.change_insight_rules(cx, origin, &it, RuleChange::Enable(true));
            GetDashboard(it) => self.get_dashboard(origin, &it);
            GetMetricData(it) => self.get_metric_data(cx, origin, &it);
            GetMetricStatistics(it) => self.get_metric_statistics(cx, origin, &it);
            GetMetricWidgetImage(it) => self.get_metric_widget_image(cx, origin, &it);
            ListDashboards(it) => self.list_dashboards(origin, &it);
            ListMetrics(it) => self.list_metrics(cx, origin, &it);
            ListTagsForResource(it) => self.list_tags_for_resource(origin, &it);
            PutCompositeAlarm(it) => self.put_composite_alarm(cx, origin, *it);
            PutDashboard(it) => self.put_dashboard(cx, origin, *it);
            PutInsightRule(it) => self.put_insight_rule(cx, origin, *it);
            PutMetricAlarm(it) => self.put_metric_alarm(cx, origin, *it);
            PutMetricData(it) => self.put_metric_data(cx, origin, &it);
            SetAlarmState(it) => self.set_alarm_state(cx, origin, *it);
            TagResource(it) => self.tag_resource(cx, origin, &it);
            UntagResource(it) => self.untag_resource(cx, origin, &it);
        })
    }
}
