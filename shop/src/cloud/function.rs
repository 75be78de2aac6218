//! Functions on Lambda, and who may invoke them.

use anyhow::{Context as _, Result};
use aws_sdk_lambda::client::Waiters as _;
use aws_sdk_lambda::operation::add_permission::AddPermissionError;
use aws_sdk_lambda::operation::get_function::GetFunctionError;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types as lambda;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha2::{Digest as _, Sha256};

use super::{Clouds, FUNCTION_TIMEOUT_S, FunctionPlan, How};

impl Clouds {
    /// A function with this code and environment: its ARN.
    pub(super) async fn function<'a>(
        &self,
        function: &FunctionPlan,
        role_arn: &str,
        environment: impl IntoIterator<Item = (&'a str, &'a str)>,
        dead_letter_arn: Option<&str>,
    ) -> Result<(How, String)> {
        let environment = lambda::Environment::builder().set_variables(Some(
            environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        ));
        let environment = environment.build();
        let dead_letter = lambda::DeadLetterConfig::builder()
            .set_target_arn(dead_letter_arn.map(Into::into))
            .build();
        let found = self.lambda.get_function().function_name(&function.name).send().await;
        let (how, arn) = match found {
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(GetFunctionError::is_resource_not_found_exception) =>
            {
                let code = Blob::new(function.zip.clone());
                let made = self
                    .lambda
                    .create_function()
                    .function_name(&function.name)
                    .runtime(lambda::Runtime::from("provided.al2023"))
                    .handler("bootstrap")
                    .role(role_arn)
                    .architectures(function.architecture.as_str().into())
                    .code(lambda::FunctionCode::builder().zip_file(code).build())
                    .memory_size(function.memory_mib)
                    .timeout(FUNCTION_TIMEOUT_S)
                    .environment(environment)
                    .dead_letter_config(dead_letter)
                    .send()
                    .await?;
                (How::Created, made.function_arn)
            }
            Err(error) => return Err(error.into()),
            Ok(found) => {
                let configuration =
                    found.configuration.context("the function has no configuration")?;
                let sha256 = BASE64.encode(Sha256::digest(&function.zip));
                if configuration.code_sha256.as_deref() != Some(sha256.as_str()) {
                    let request = self.lambda.update_function_code().function_name(&function.name);
                    let request = request.zip_file(Blob::new(function.zip.clone()));
                    request.architectures(function.architecture.as_str().into()).send().await?;
                    self.updated(&function.name).await?;
                }
                let request = self.lambda.update_function_configuration();
                request
                    .function_name(&function.name)
                    .role(role_arn)
                    .memory_size(function.memory_mib)
                    .timeout(FUNCTION_TIMEOUT_S)
                    .environment(environment)
                    .dead_letter_config(dead_letter)
                    .send()
                    .await?;
                (How::Updated, configuration.function_arn)
            }
        };
        self.updated(&function.name).await?;
        Ok((how, arn.context("the function has no ARN")?))
    }

    /// Waits until a function can be invoked as it was last configured.
    async fn updated(&self, name: &str) -> Result<()> {
        let limit = std::time::Duration::from_secs(120);
        let active = self.lambda.wait_until_function_active_v2().function_name(name);
        active.wait(limit).await?;
        let updated = self.lambda.wait_until_function_updated_v2().function_name(name);
        updated.wait(limit).await?;
        Ok(())
    }

    /// S3 may invoke the function for this bucket.
    pub(super) async fn permission(&self, function_name: &str, bucket: &str) -> Result<How> {
        let made = self
            .lambda
            .add_permission()
            .function_name(function_name)
            .statement_id(format!("s3-{}", bucket.replace('.', "-")))
            .action("lambda:InvokeFunction")
            .principal("s3.amazonaws.com")
            .source_arn(format!("arn:aws:s3:::{bucket}"))
            .send()
            .await;
        match made {
            Ok(_) => Ok(How::Created),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(AddPermissionError::is_resource_conflict_exception) =>
            {
                Ok(How::Updated)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The queue feeds the second function.
    pub(super) async fn mapping(&self, queue_arn: &str, function_name: &str) -> Result<How> {
        let request = self.lambda.list_event_source_mappings().event_source_arn(queue_arn);
        let found = request.function_name(function_name).send().await?;
        let mapping = found.event_source_mappings.unwrap_or_default().into_iter().next();
        let reports = lambda::FunctionResponseType::ReportBatchItemFailures;
        match mapping.and_then(|mapping| mapping.uuid) {
            Some(uuid) => {
                let request = self.lambda.update_event_source_mapping().uuid(uuid);
                let request = request.batch_size(10).function_response_types(reports);
                request.enabled(true).send().await?;
                Ok(How::Updated)
            }
            None => {
                let request = self.lambda.create_event_source_mapping();
                request
                    .event_source_arn(queue_arn)
                    .function_name(function_name)
                    .batch_size(10)
                    .function_response_types(reports)
                    .send()
                    .await?;
                Ok(How::Created)
            }
        }
    }
}
