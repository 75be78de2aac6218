//! Metrics, alarms, dashboards and logs by the AWS SDK for Rust.

use std::time::Duration;

use aws_sdk_cloudwatch::types::{
    ComparisonOperator, Datapoint, Dimension, Metric, MetricDataQuery, MetricDatum, MetricStat,
    StandardUnit, Statistic,
};
use aws_sdk_cloudwatchlogs::types::{FilteredLogEvent, InputLogEvent};
use aws_smithy_types::DateTime;
use cloudless::Emulator;
use cloudless::clock::Clock;

use crate::function::{create, process_zip};
use crate::{NOON, PATIENCE, Story, at_noon, lambda, queue, sqs};

#[tokio::test]
async fn a_metric_is_put_read_added_up_and_watched() -> Story {
    let emulator = at_noon().await?;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&emulator.sdk_config());
    let shop = Dimension::builder().name("shop").value("berlin").build();
    let alarm = cloudwatch
        .put_metric_alarm()
        .alarm_name("busy")
        .namespace("shop")
        .metric_name("orders")
        .dimensions(shop.clone())
        .statistic(Statistic::Sum)
        .period(60)
        .evaluation_periods(1)
        .threshold(5.0)
        .comparison_operator(ComparisonOperator::GreaterThanThreshold);
    alarm.send().await?;
    for orders in [2.0, 7.0] {
        let datum = MetricDatum::builder()
            .metric_name("orders")
            .dimensions(shop.clone())
            .unit(StandardUnit::Count)
            .set_values(Some(vec![orders, 1.0]))
            .set_counts(Some(vec![1.0, 2.0]));
        cloudwatch.put_metric_data().namespace("shop").metric_data(datum.build()).send().await?;
        emulator.advance(Duration::from_secs(60)).await?;
    }

    let (from, until) = (
        DateTime::from_millis(NOON.as_ms().cast_signed()),
        DateTime::from_millis(NOON.as_ms().cast_signed() + 120_000),
    );
    let statistics = cloudwatch
        .get_metric_statistics()
        .namespace("shop")
        .metric_name("orders")
        .dimensions(shop.clone())
        .start_time(from)
        .end_time(until)
        .period(120)
        .statistics(Statistic::Sum)
        .statistics(Statistic::SampleCount)
        .extended_statistics("p90");
    let told = statistics.send().await?;
    let metric = Metric::builder().namespace("shop").metric_name("orders").dimensions(shop).build();
    let stat = MetricStat::builder().metric(metric).period(60).stat("Maximum").build();
    let query = |id: &str| MetricDataQuery::builder().id(id);
    let data = cloudwatch
        .get_metric_data()
        .start_time(from)
        .end_time(until)
        .metric_data_queries(query("most").metric_stat(stat).return_data(false).build())
        .metric_data_queries(query("twice").expression("most * 2").label("twice ${MAX}").build());
    let data = data.send().await?;
    let result = &data.metric_data_results()[0];
    let alarms = cloudwatch.describe_alarms().alarm_names("busy").send().await?;
    let alarm = &alarms.metric_alarms()[0];
    let missing = cloudwatch.get_dashboard().dashboard_name("none").send().await;
    let missing = missing.map_err(aws_sdk_cloudwatch::Error::from).err();
    let said = format!(
        "{:?}\n{:?} {:?}\n{:?} {}\n{}",
        told.datapoints(),
        result.label(),
        result.values(),
        alarm.state_value(),
        alarm.state_reason().unwrap_or_default(),
        missing.map(|it| it.to_string()).unwrap_or_default(),
    );
    insta::assert_snapshot!(said, @r#"
    [Datapoint { timestamp: Some(2026-11-23T12:00:00Z), sample_count: Some(6.0), average: None, sum: Some(13.0), minimum: None, maximum: None, unit: Some(Count), extended_statistics: Some({"p90": 7.0}) }]
    Some("twice 14") [14.0, 4.0]
    Some(Alarm) Threshold Crossed: 1 out of the last 1 datapoints [9.0 (23/11/26 12:01:00)] was greater than the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition).
    DashboardNotFoundError: Dashboard none does not exist
    "#);
    Ok(())
}

#[tokio::test]
async fn lines_are_put_searched_and_gone_when_their_time_is_over() -> Story {
    let emulator = at_noon().await?;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&emulator.sdk_config());
    logs.create_log_group().log_group_name("shop").send().await?;
    logs.create_log_stream().log_group_name("shop").log_stream_name("web").send().await?;
    logs.put_retention_policy().log_group_name("shop").retention_in_days(1).send().await?;
    let lines = [r#"{"status":200,"ms":12}"#, r#"{"status":500,"ms":90}"#, "not JSON: ERROR"];
    let mut put = logs.put_log_events().log_group_name("shop").log_stream_name("web");
    for (at, line) in (NOON.as_ms().cast_signed()..).zip(lines) {
        put = put.log_events(InputLogEvent::builder().timestamp(at).message(line).build()?);
    }
    put.send().await?;

    let mut told = Vec::new();
    for pattern in ["ERROR", "{ $.status >= 500 }", "{ $.ms < 50 || $.status = 500 }"] {
        let search = logs.filter_log_events().log_group_name("shop").filter_pattern(pattern);
        let found = search.send().await?;
        let found: Vec<_> = found.events().iter().filter_map(|event| event.message()).collect();
        told.push(format!("{pattern}: {found:?}"));
    }
    emulator.advance(Duration::from_secs(2 * 86_400)).await?;
    let later = logs.get_log_events().log_group_name("shop").log_stream_name("web").send().await?;
    told.push(format!("two days later: {} lines", later.events().len()));
    let again = logs.create_log_group().log_group_name("shop").send().await;
    let again = again.map_err(aws_sdk_cloudwatchlogs::Error::from).err();
    told.push(again.map(|it| it.to_string()).unwrap_or_default());
    insta::assert_snapshot!(told.join("\n"), @r#"
    ERROR: ["not JSON: ERROR"]
    { $.status >= 500 }: ["{\"status\":500,\"ms\":90}"]
    { $.ms < 50 || $.status = 500 }: ["{\"status\":200,\"ms\":12}", "{\"status\":500,\"ms\":90}"]
    two days later: 0 lines
    ResourceAlreadyExistsException: The specified log group already exists
    "#);
    Ok(())
}

/// Minutes in which nothing happens but that something is measured are passed at once; whoever an alarm calls on
/// the way is called at its minute, and time waits.
#[tokio::test]
async fn an_hour_is_passed_at_once_and_whom_an_alarm_calls_on_the_way_sees_its_own_minute() -> Story
{
    let directory = tempfile::tempdir()?;
    let clock = Clock::frozen(NOON);
    let emulator =
        Emulator::builder().clock(clock).data_dir(directory.path()).seed(7).start().await?;
    let (lambda, sqs) = (lambda(&emulator), sqs(&emulator));
    create(&lambda, "page", process_zip()?).send().await?;
    let permission = lambda.add_permission().function_name("page").statement_id("alarms");
    let permission = permission.action("lambda:InvokeFunction");
    permission.principal("lambda.alarms.cloudwatch.amazonaws.com").send().await?;
    let url = queue(&sqs, "orders").await?;
    sqs.send_message().queue_url(&url).message_body("nobody takes this").send().await?;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&emulator.sdk_config());
    let alarm = cloudwatch
        .put_metric_alarm()
        .alarm_name("orders-wait")
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value("orders").build())
        .statistic(Statistic::Maximum)
        .period(60)
        .evaluation_periods(1)
        .threshold(600.0)
        .comparison_operator(ComparisonOperator::GreaterThanOrEqualToThreshold)
        .alarm_actions("arn:aws:lambda:us-east-1:000000000000:function:page");
    alarm.send().await?;

    emulator.advance(Duration::from_secs(3_600)).await?;
    emulator.settle(PATIENCE).await?;

    let logs = aws_sdk_cloudwatchlogs::Client::new(&emulator.sdk_config());
    let served = logs
        .filter_log_events()
        .log_group_name("/aws/lambda/page")
        .filter_pattern("\"START RequestId\"");
    let served = served.send().await?;
    let minute = |at_ms: i64| (at_ms - NOON.as_ms().cast_signed()) / 60_000;
    let served: Vec<_> =
        served.events().iter().filter_map(FilteredLogEvent::timestamp).map(minute).collect();
    let ages = cloudwatch
        .get_metric_statistics()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(Dimension::builder().name("QueueName").value("orders").build())
        .start_time(DateTime::from_millis(NOON.as_ms().cast_signed()))
        .end_time(DateTime::from_millis(NOON.as_ms().cast_signed() + 3_600_000))
        .period(600)
        .statistics(Statistic::Maximum)
        .send()
        .await?;
    let mut ages: Vec<_> = ages.datapoints().iter().filter_map(Datapoint::maximum).collect();
    ages.sort_by(f64::total_cmp);
    insta::assert_snapshot!(format!("called in minutes {served:?}\noldest, by ten minutes: {ages:?}"), @"
    called in minutes [10]
    oldest, by ten minutes: [600.0, 1200.0, 1800.0, 2400.0, 3000.0, 3600.0]
    ");
    emulator.stop().await;
    Ok(())
}
