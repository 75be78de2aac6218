//! Deployments: what execution environments are made from.

use std::collections::BTreeMap;

use kernel::arn::FunctionArn;
use kernel::content::Content;
use kernel::policy::Principal;
use serde::{Deserialize, Serialize};

/// One state of a version's code and configuration: what an execution environment is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// The function, unqualified.
    pub arn: FunctionArn,
    /// Changes with each change of code or configuration: an environment of another revision is
    /// stale. It is not the `RevisionId` of the API, which changes more often.
    pub revision_id: String,
    /// `$LATEST`, or a number.
    pub version: String,
    /// `provided.al2023`, `python3.13`, `nodejs22.x`, …
    pub runtime: String,
    /// `bootstrap`, `app.handler`, …
    pub handler: String,
    /// The zip.
    pub code: Content,
    /// The layers, in the order in which they are laid over each other under `/opt`.
    pub layers: Vec<Layered>,
    /// Environment variables of the configuration.
    pub environment: BTreeMap<String, String>,
    /// `MemorySize`
    pub memory_size_mib: u32,
    /// `EphemeralStorage.Size`: what `/tmp` may hold.
    pub ephemeral_storage_mib: u32,
    /// `Timeout`
    pub timeout_s: u32,
    /// The execution role's ARN.
    pub role: String,
    /// Where and how it logs.
    pub logging: Logging,
}

/// A version of a layer that a deployment uses. It stays usable when that is deleted.
#[derive(Debug, Clone, PartialEq)]
pub struct Layered {
    /// Its ARN, with the version.
    pub arn: String,
    /// The zip.
    pub content: Content,
}

/// `LoggingConfig`: <https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logging {
    /// The log group.
    pub group: String,
    /// How lines are written.
    pub format: LogFormat,
}

/// `LogFormat`, and the levels that the one format has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Plain text; all of it.
    Text,
    /// JSON, of these levels and above.
    Json {
        /// `ApplicationLogLevel`: of what the function logs.
        application: LogLevel,
        /// `SystemLogLevel`: of what Lambda logs. `DEBUG`, `INFO` or `WARN`.
        system: LogLevel,
    },
}

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    /// `TRACE`
    Trace,
    /// `DEBUG`
    Debug,
    /// `INFO`
    Info,
    /// `WARN`
    Warn,
    /// `ERROR`
    Error,
    /// `FATAL`
    Fatal,
}

impl Logging {
    /// What a function has that says nothing of it: text, in a group of its own name.
    #[must_use]
    pub fn of_function(name: &str) -> Self {
        Self { group: format!("/aws/lambda/{name}"), format: LogFormat::Text }
    }
}

impl Deployment {
    /// As whom Lambda acts for the function: its execution role, in a session named after it.
    #[must_use]
    pub fn execution_role(&self) -> Principal {
        Principal::of_role(&self.arn.account, &self.role, self.arn.name.as_str())
    }

    /// Whether it is of this function, and of its version where the ARN names one.
    #[must_use]
    pub fn is_of(&self, function: &FunctionArn) -> bool {
        self.arn.name == function.name
            && self.arn.account == function.account
            && self.arn.region == function.region
            && function.qualifier.as_deref().is_none_or(|version| version == self.version)
    }

    /// The ARN with the version.
    #[must_use]
    pub fn qualified_arn(&self) -> FunctionArn {
        FunctionArn { qualifier: Some(self.version.as_str().into()), ..self.arn.clone() }
    }

    /// Whether code and configuration are the same, whatever the version.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (code, others) = (self.code.sha256(), other.code.sha256());
        let is_same_code = match (code, others) {
            (Some(code), Some(others)) => code == others,
            _ => self.code == other.code,
        };
        is_same_code
            && self.runtime == other.runtime
            && self.handler == other.handler
            && self.layers == other.layers
            && self.environment == other.environment
            && self.memory_size_mib == other.memory_size_mib
            && self.ephemeral_storage_mib == other.ephemeral_storage_mib
            && self.timeout_s == other.timeout_s
            && self.role == other.role
            && self.logging == other.logging
    }

    /// All bodies that it refers to.
    pub(crate) fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
        std::iter::once(&self.code).chain(self.layers.iter().map(|layer| &layer.content))
    }
}
