//! `GetAccountSettings`: what an account may have in a region, and has.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::{Deserialize, Serialize};

use super::Lambda;
use crate::limits;

/// Input of `GetAccountSettings`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetAccountSettingsInput {}

/// Output of `GetAccountSettings`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountSettingsOutput {
    account_limit: AccountLimit,
    account_usage: AccountUsage,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountLimit {
    total_code_size: u64,
    code_size_unzipped: u64,
    code_size_zipped: u64,
    concurrent_executions: u32,
    unreserved_concurrent_executions: u32,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
struct AccountUsage {
    total_code_size: u64,
    function_count: usize,
}

impl Lambda {
    pub(super) fn get_account_settings(
        &self,
        origin: &Origin,
        _input: &GetAccountSettingsInput,
    ) -> Result<GetAccountSettingsOutput, ApiError> {
        let functions: Vec<_> = self
            .functions
            .values()
            .filter(|it| it.arn.account == origin.account && it.arn.region == origin.region)
            .collect();
        let versions = functions.iter().flat_map(|function| function.all_versions());
        let code: u64 = versions.map(|version| version.deployment.code.size_bytes()).sum();
        let layers = self
            .layers
            .iter()
            .filter(|(arn, _)| arn.account == origin.account && arn.region == origin.region)
            .flat_map(|(_, layer)| layer.versions.values());
        let layers: u64 = layers.map(|version| version.content.size_bytes()).sum();
        let unreserved = functions
            .first()
            .map_or(limits::CONCURRENCY, |function| self.unreserved_concurrency(&function.arn));
        Ok(GetAccountSettingsOutput {
            account_limit: AccountLimit {
                total_code_size: limits::TOTAL_CODE_SIZE_BYTES,
                code_size_unzipped: limits::UNZIPPED_SIZE_BYTES_MAX,
                code_size_zipped: limits::ZIP_SIZE_BYTES_MAX,
                concurrent_executions: limits::CONCURRENCY,
                unreserved_concurrent_executions: unreserved,
            },
            account_usage: AccountUsage {
                total_code_size: code + layers,
                function_count: functions.len(),
            },
        })
    }
}
