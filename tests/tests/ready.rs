//! A script starts the program, waits for its ready-file, and has all it needs.

use anyhow::Result;
use e2e::{Browser, Program, filters};

#[tokio::test]
async fn the_ready_file_says_where_everything_is_and_everything_answers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = Program::start_with(folder.path(), &["--memory".as_ref()]).await?;
    let ready = serde_json::to_string_pretty(&program.ready)?;
    insta::with_settings!({ filters => filters() }, {
        insta::assert_snapshot!(ready, @r#"
        {
          "shop": "{host}",
          "manager": {
            "url": "{host}/accounts/login/manager",
            "user": "manager",
            "password": "cloudless-manager"
          },
          "customer": {
            "url": "{host}/accounts/login",
            "user": "customer",
            "password": "cloudless-customer"
          },
          "mailbox": "{host}/mailbox",
          "dashboard": "{host}/_cloudless/dashboards/shop",
          "aws": {
            "endpoint": "{host}",
            "region": "us-east-1",
            "access_key_id": "test",
            "secret_access_key": "test"
          }
        }
        "#);
        insta::assert_snapshot!(program.banner, @r"
        uploading 16 sample pictures through the pipeline …

          Shop      {host}
          Manager   {host}/accounts/login/manager   user manager   password cloudless-manager
          Customer  {host}/accounts/login   user customer   password cloudless-customer
          Mailbox   {host}/mailbox
          Dashboard {host}/_cloudless/dashboards/shop

          AWS endpoint (S3, SQS, Lambda, CloudWatch, CloudWatch Logs); paste this to use it from another terminal:
            export AWS_ENDPOINT_URL={host}
            export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
            export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1

          nothing is kept after the end; Ctrl-C stops
        ");
    });

    // Every login and every address in it works.
    program.manager().await?;
    let customer = Browser::new(program.ready("/shop")?)?;
    let (user, password) = (program.ready("/customer/user")?, program.ready("/customer/password")?);
    let page = customer.sign_in("/accounts/login", user, password).await?;
    assert_eq!((page.status, page.path.as_str()), (200, "/"));
    let mailbox = program.ready("/mailbox")?.trim_start_matches(program.ready("/shop")?);
    assert_eq!(customer.get(mailbox).await?.status, 200);
    let buckets = program.s3()?.list_buckets().send().await?;
    let names: Vec<_> = buckets.buckets().iter().filter_map(|bucket| bucket.name()).collect();
    assert_eq!(names, ["cloudless-shop-images"]);

    let (said, status) = program.stop().await?;
    assert_eq!((said.as_str(), status.code()), ("stopped\n", Some(0)));
    assert_eq!(std::fs::read_dir(folder.path())?.count(), 0, "--memory keeps nothing");
    Ok(())
}
