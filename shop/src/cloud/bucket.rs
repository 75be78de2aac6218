//! The bucket of the pictures.

use anyhow::Result;
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::types as s3;
use serde_json::json;

use super::{Clouds, How};

impl Clouds {
    /// The bucket, readable by everybody where the shop's pages show its objects.
    pub(super) async fn bucket(&self, bucket: &str) -> Result<How> {
        let how = match self.s3.head_bucket().bucket(bucket).send().await {
            Ok(_) => How::Updated,
            Err(error) if error.as_service_error().is_some_and(HeadBucketError::is_not_found) => {
                let region = self.region.as_deref().unwrap_or("us-east-1");
                // us-east-1 is where a bucket is made when no place is named; it cannot be named.
                let place = (region != "us-east-1").then(|| {
                    s3::CreateBucketConfiguration::builder()
                        .location_constraint(s3::BucketLocationConstraint::from(region))
                        .build()
                });
                let create = self.s3.create_bucket().bucket(bucket);
                create.set_create_bucket_configuration(place).send().await?;
                How::Created
            }
            Err(error) => return Err(error.into()),
        };
        // New buckets refuse public policies. This one is meant to be read by everybody.
        let access = s3::PublicAccessBlockConfiguration::builder()
            .block_public_acls(true)
            .ignore_public_acls(true)
            .block_public_policy(false)
            .restrict_public_buckets(false)
            .build();
        let request = self.s3.put_public_access_block().bucket(bucket);
        request.public_access_block_configuration(access).send().await?;
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "PicturesAreReadByEverybody",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": [
                    format!("arn:aws:s3:::{bucket}/products/*"),
                    format!("arn:aws:s3:::{bucket}/resized/*"),
                ],
            }],
        });
        self.s3.put_bucket_policy().bucket(bucket).policy(policy.to_string()).send().await?;
        let rule = s3::CorsRule::builder()
            .allowed_methods("GET")
            .allowed_methods("HEAD")
            .allowed_origins("*")
            .allowed_headers("*")
            .max_age_seconds(3600)
            .build()?;
        let rules = s3::CorsConfiguration::builder().cors_rules(rule).build()?;
        self.s3.put_bucket_cors().bucket(bucket).cors_configuration(rules).send().await?;
        Ok(how)
    }
}
