//! What is asked of a World between its steps: who calls, what may come in at all, what a browser may do.
//! Nothing changes by it.

use std::collections::BTreeSet;
use std::net::IpAddr;

use cloudwatch::CloudWatch;
use kernel::arn::{FunctionArn, QueueArn};
use kernel::call::{Caller, Copying, Origin};
use kernel::checksum::ChecksumAlgorithm;
use kernel::content::Content;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use s3::{CorsAnswer, Head, Preflight, Visit, Visited};
use sqs::Metrics;
use sts::SessionFault;

use super::World;
use crate::services::{Request, Services};

impl World {
    /// CloudWatch, for whoever draws what it has.
    #[must_use]
    pub fn cloudwatch(&self) -> &CloudWatch {
        &self.services.cloudwatch.service
    }

    /// Whether security groups let a client come in at a port of whoever has them.
    #[must_use]
    pub fn admits(&self, security_groups: &[String], client: IpAddr, port: u16) -> bool {
        let client = ec2::Endpoint { address: Some(client.to_canonical()), groups: &[] };
        let own = ec2::Endpoint { address: None, groups: security_groups };
        self.services.ec2.service.reachable(client, own, port, "tcp")
    }

    /// Whether security groups let a load balancer that has these come in at a port of an instance. What is no instance
    /// has no groups here.
    #[must_use]
    pub fn reaches(&self, security_groups: &[String], instance_id: &str, port: u16) -> bool {
        let ec2 = &self.services.ec2.service;
        let balancer = ec2::Endpoint { address: None, groups: security_groups };
        let instance = ec2.endpoint(instance_id);
        instance.is_none_or(|instance| ec2.reachable(balancer, instance, port, "tcp"))
    }

    /// Who calls with temporary credentials; nothing where the access key is of no session.
    ///
    /// # Errors
    /// The session is over, or the token is not its own.
    pub fn session_caller(
        &self,
        access_key_id: &str,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<Option<Caller>, SessionFault> {
        self.services.sts.service.caller(access_key_id, session_token, now)
    }

    /// The secret that temporary credentials sign with.
    #[must_use]
    pub fn session_secret(&self, access_key_id: &str) -> Option<String> {
        self.services.sts.service.secret_of(access_key_id)
    }

    /// Refuses a request whose body is still to come, where its head is reason enough. Says which
    /// checksum of the body is kept, where that does not depend on what comes along.
    ///
    /// # Errors
    /// Those of the operation, in its words.
    pub fn admit(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Request,
    ) -> Result<Option<ChecksumAlgorithm>, ApiError> {
        self.services.admit(now, origin, request)
    }

    /// Refuses a request that copies, or says which stored bytes it needs as a body of its own.
    ///
    /// # Errors
    /// Those of the operation, in its words.
    pub fn copying(
        &self,
        now: Timestamp,
        origin: &Origin,
        request: &Request,
    ) -> Result<Option<Copying>, ApiError> {
        self.services.copying(now, origin, request)
    }

    /// As [`World::admit`], for a request to a bucket whose body is a document: without it, it cannot be
    /// read.
    ///
    /// # Errors
    /// As [`World::admit`].
    pub fn admit_document(
        &self,
        now: Timestamp,
        origin: &Origin,
        head: Head<'_>,
    ) -> Result<(), ApiError> {
        self.services.s3.service.admit_document(now, origin, head)
    }

    /// What a bucket's CORS rules let a page of this origin do, with headers that it names or without.
    #[must_use]
    pub fn cors_for(
        &self,
        bucket: &str,
        origin: &str,
        method: &str,
        headers: Option<&str>,
    ) -> Option<CorsAnswer> {
        self.services.s3.service.cors_for(bucket, origin, method, headers)
    }

    /// What a bucket answers to a browser that asks before a page may talk to it.
    ///
    /// # Errors
    /// As S3 refuses: the rules let nobody do this, or there are none.
    pub fn preflight(&self, asked: Preflight<'_>) -> Result<CorsAnswer, ApiError> {
        self.services.s3.service.preflight(asked)
    }

    /// Whether any bucket has a log, and wants to hear with [`Input::Served`](crate::Input::Served) what was
    /// answered.
    #[must_use]
    pub fn logs_requests(&self) -> bool {
        self.services.s3.service.logs_requests()
    }

    /// What a visitor of a bucket's website gets.
    #[must_use]
    pub fn visit(&self, now: Timestamp, origin: &Origin, visit: &Visit<'_>) -> Visited {
        self.services.s3.service.visit(now, origin, visit)
    }

    /// The URL of this id, and the function, or the alias of it, that it invokes.
    #[must_use]
    pub fn function_url(&self, id: &str) -> Option<(FunctionArn, &lambda::FunctionUrl)> {
        self.services.lambda.service.function_url(id)
    }

    /// The code of a function, or of the version that the ARN names.
    #[must_use]
    pub fn function_code(&self, function: &FunctionArn) -> Option<&Content> {
        self.services.lambda.service.code_of(function)
    }

    /// The lines that are wanted of what functions wrote, in the order in which they came.
    pub fn function_lines<'a>(
        &'a self,
        wanted: &'a logs::WantedLines,
    ) -> impl Iterator<Item = logs::FunctionLine<'a>> {
        self.services.logs.service.function_lines(wanted)
    }

    /// The last lines of a function, the oldest first: at most so many.
    #[must_use]
    pub fn last_function_lines(&self, function: &FunctionArn, max: usize) -> Vec<String> {
        self.services.logs.service.last_lines(function, max)
    }

    /// The functions that wrote something, by the streams that there are of them.
    #[must_use]
    pub fn logged_functions(&self) -> BTreeSet<&FunctionArn> {
        self.services.logs.service.functions()
    }

    /// The content of a layer's version, by its ARN.
    #[must_use]
    pub fn layer_content(&self, layer_version: &str) -> Option<&Content> {
        self.services.lambda.service.layer_content(layer_version)
    }

    /// What CloudWatch would show of the queues now.
    pub fn queue_metrics(&self, now: Timestamp) -> impl Iterator<Item = (&QueueArn, Metrics)> {
        self.services.sqs.service.metrics(now)
    }

    /// How many there are of what a person makes first.
    #[must_use]
    pub fn counts(&self) -> [(&'static str, usize); 3] {
        let Services { s3, sqs, lambda, .. } = &self.services;
        [
            ("buckets", s3.service.bucket_count()),
            ("queues", sqs.service.queue_count()),
            ("functions", lambda.service.function_count()),
        ]
    }
}
