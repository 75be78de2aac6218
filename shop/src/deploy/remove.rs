//! `shop deploy --delete`

use anyhow::{Result, bail};
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::command::{Arguments, Deployment};
use super::failure::explained;
use super::plan::Account;
use super::stack::{Events, Followed, Stack};

/// Takes the stack down, and the pictures if that was said. What stays, and what it costs, is said.
pub(super) async fn run(
    deployment: &mut Deployment,
    arguments: &Arguments,
    account: &Account,
) -> Result<()> {
    let name = &arguments.stack;
    let Account { id, region, .. } = account;
    let pictures = format!("{name}-images-{id}-{region}");
    let stack = Stack::find(&deployment.clients.cloudformation, name).await?;
    if stack.is_none() && !arguments.with_pictures {
        bail!(
            "there is no stack {name} in {region}: `aws cloudformation list-stacks` shows what there is"
        );
    }
    let fate = if arguments.with_pictures {
        "The bucket of pictures is deleted with all that is in it."
    } else {
        "The bucket of pictures stays (--with-pictures takes it away, too)."
    };
    deployment.console.say(format!(
        "Stack {name} in {region}, account {id}: shop, functions, queues with their messages, logs,\n\
         alarms and database are deleted. {fate}\n\
         RDS first takes a snapshot of the database, which stays, at 0.095 dollars a GB and month:\n  \
         aws rds describe-db-snapshots --snapshot-type manual --region {region}\n\
         Lambda takes some minutes, at times forty, to give back its addresses in the VPC."
    ))?;
    deployment.console.confirm(&format!("Delete {name}?"), arguments.yes)?;
    if let Some(stack) = stack {
        let Deployment { clients, console } = deployment;
        let client = &clients.cloudformation;
        let events = Events::from_now(client, &stack.id).await?;
        let gone = client.delete_stack().stack_name(&stack.id).send().await;
        gone.map_err(|error| explained("cloudformation:DeleteStack", &error))?;
        if let Followed::Failed(reasons) = events.follow(client, console).await? {
            bail!("AWS could not delete all of it:\n{reasons}Remove the reason and repeat");
        }
    }
    if arguments.with_pictures {
        let count = empty_and_delete(&deployment.clients.s3, &pictures, id).await?;
        deployment.console.say(match count {
            Some(count) => format!("bucket {pictures} deleted, with {count} pictures"),
            None => format!("there is no bucket {pictures}"),
        })?;
    }
    let bucket = arguments.deployment_bucket.clone();
    let bucket = bucket.unwrap_or_else(|| format!("{name}-deploy-{id}-{region}"));
    deployment.console.say(format!(
        "deleted. The zips stay, for the next deployment; without one: aws s3 rb --force s3://{bucket}"
    ))
}

/// How many objects there were; `None` when there is no such bucket.
async fn empty_and_delete(
    s3: &aws_sdk_s3::Client,
    bucket: &str,
    owner: &str,
) -> Result<Option<usize>> {
    match s3.head_bucket().bucket(bucket).expected_bucket_owner(owner).send().await {
        Ok(_) => {}
        Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
            return Ok(None);
        }
        Err(error) => return Err(explained(&format!("s3:HeadBucket {bucket}"), &error)),
    }
    let mut count = 0;
    loop {
        // From the beginning each time: what was listed is gone.
        let page = s3.list_objects_v2().bucket(bucket).send().await;
        let page = page.map_err(|error| explained("s3:ListBucket", &error))?;
        let keys: Vec<_> = page.contents().iter().filter_map(|object| object.key()).collect();
        if keys.is_empty() {
            break;
        }
        count += keys.len();
        let objects = keys.into_iter().map(|key| ObjectIdentifier::builder().key(key).build());
        let delete = Delete::builder()
            .set_objects(Some(objects.collect::<Result<_, _>>()?))
            .quiet(true)
            .build()?;
        let gone = s3.delete_objects().bucket(bucket).delete(delete).send().await;
        let gone = gone.map_err(|error| explained("s3:DeleteObject", &error))?;
        if let Some(error) = gone.errors().first() {
            let reason = error.message().unwrap_or_default();
            bail!("{} cannot be deleted: {reason}", error.key().unwrap_or_default());
        }
    }
    let gone = s3.delete_bucket().bucket(bucket).send().await;
    gone.map_err(|error| explained("s3:DeleteBucket", &error))?;
    Ok(Some(count))
}
