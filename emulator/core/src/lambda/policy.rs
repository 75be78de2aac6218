//! A function's resource policy: who may invoke it.

use serde::{Deserialize, Serialize};

/// One statement, as `AddPermission` made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// `StatementId`
    pub sid: String,
    /// `lambda:InvokeFunction`
    pub action: String,
    /// A service (`s3.amazonaws.com`), an account or an ARN.
    pub principal: String,
    /// `SourceArn`, may contain `*` and `?`.
    pub source_arn: Option<String>,
    /// `SourceAccount`
    pub source_account: Option<String>,
}
