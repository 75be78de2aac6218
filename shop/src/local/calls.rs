//! Calls of the emulator without HTTP.

use anyhow::{Context as _, Result};
use cloudless::Emulator;
use cloudless::core::Request;
use cloudless::core::call::{Caller, Payload, Signing};
use cloudless::core::error::ApiError;
use cloudless::engine::{CallRequest, EngineHandle};
use serde_json::Value;

/// Who calls: the owner of everything.
#[derive(Clone)]
pub struct Calls {
    engine: EngineHandle,
    endpoint: String,
}

impl Calls {
    /// Calls of this emulator.
    #[must_use]
    pub fn of(emulator: &Emulator) -> Self {
        Self { engine: emulator.engine().clone(), endpoint: emulator.endpoint_url().to_owned() }
    }

    /// The emulator's time, in milliseconds.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        self.engine.clock().now().as_ms()
    }

    /// Makes what may have been made before.
    ///
    /// # Errors
    /// The emulator refuses it.
    pub async fn make(&self, service: &str, operation: &str, input: Value) -> Result<()> {
        match self.call(service, operation, input).await {
            Err(error) if error.code() != "ResourceAlreadyExistsException" => {
                Err(error).with_context(|| format!("{service} {operation}"))
            }
            _ => Ok(()),
        }
    }

    /// Calls an operation by its names in AWS's API, and gives its output.
    ///
    /// # Errors
    /// The emulator refuses it.
    pub async fn call(
        &self,
        service: &str,
        operation: &str,
        input: Value,
    ) -> Result<Value, ApiError> {
        let call = CallRequest {
            caller: Caller::Anonymous,
            signing: Signing::Optional,
            region: Default::default(),
            endpoint: self.endpoint.clone(),
            source_ip: "127.0.0.1".into(),
            agent: Default::default(),
            trace_header: None,
            cause: None,
            request: Request::decode(service, operation, input, Payload::None)?,
            staged: None,
        };
        let answer = self.engine.call(call).await?;
        Ok(answer.response.encode().0)
    }
}
