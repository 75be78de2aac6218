//! The table of services: from a row follow its request, response, record, announcement, dispatch,
//! name and restore order. Whoever adds a service adds a row, at the end of this file.

use kernel::access::Asking;
use kernel::call::{CallId, Copying, Origin, Payload};
use kernel::checksum::ChecksumAlgorithm;
use kernel::content::Content;
use kernel::context::Cx;
use kernel::coverage::Reading;
use kernel::descriptor::{Descriptor, Protocol};
use kernel::directory::Directory;
use kernel::error::{self, ApiError};
use kernel::fact::Fact;
use kernel::record::{Key, Kind, KindRow, Stored as _, Table};
use kernel::service::{self, Service as _};
use kernel::time::Timestamp;
use kernel::trace::CauseId;
use serde::de::Error as _;
use serde::{Deserialize, Serialize, Serializer};

use crate::seat::{Row, Seat};
use crate::world::{Handling, Shared};

/// The kind of the World's own record.
const IDS: KindRow = KindRow { kind: Kind(1), name: "Ids", table: Table::Named };

/// The World's own record, as it is written.
#[derive(Serialize, Deserialize)]
enum OwnRecord {
    Ids(u64),
}

macro_rules! services {
    ($( $(#[$doc:meta])* $name:ident, $module:ident, $service:ty; )*) => {
        /// An operation of one of the services, decoded.
        #[derive(Debug, Clone)]
        pub enum Request {
            $( $(#[$doc])* $name(<$service as service::Service>::Request), )*
        }

        /// What a call is answered with when it is not refused.
        #[derive(Debug, Clone)]
        pub enum Response {
            $( $(#[$doc])* $name(<$service as service::Service>::Response), )*
        }

        /// One durable entity.
        #[derive(Debug, Clone, PartialEq)]
        pub enum Record {
            /// How many names were drawn from the seed.
            Ids(u64),
            $( $(#[$doc])* $name(<$service as service::Service>::Record), )*
        }

        /// What a service says has happened, for the World to decide who hears it.
        #[derive(Debug, Clone)]
        pub(crate) enum Announcement {
            $( $(#[$doc])* $name(<$service as service::Service>::Announcement), )*
        }

        /// What becomes due next, by service.
        pub(crate) enum Due {
            $( $(#[$doc])* $name(<$service as service::Service>::Due), )*
        }

        /// All services with what becomes due in each.
        #[derive(Debug, Clone, Default)]
        pub(crate) struct Services {
            $( pub(crate) $module: Seat<$service>, )*
        }

        /// A service of AWS that is spoken here.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Service {
            $( $(#[$doc])* $name, )*
        }

        impl Service {
            /// All there are.
            pub const ALL: [Self; [$( Self::$name ),*].len()] = [$( Self::$name ),*];

            /// What it is on the wire.
            #[must_use]
            pub const fn descriptor(self) -> &'static Descriptor {
                match self {
                    $( Self::$name => &<$service as service::Service>::DESCRIPTOR, )*
                }
            }

            /// The operations that it has here.
            #[must_use]
            pub const fn operations(self) -> &'static [&'static str] {
                match self {
                    $( Self::$name => $module::Request::OPERATIONS, )*
                }
            }

            /// What an operation does with a member of its input; nothing where there is no such operation.
            #[must_use]
            pub fn reading(self, operation: &str, member: &str) -> Option<Reading> {
                match self {
                    $( Self::$name => $module::Request::reading(operation, member), )*
                }
            }

            /// Operations and parameters that are kept and given back, and of which nothing else comes.
            #[must_use]
            pub const fn stored_only(self) -> &'static [&'static str] {
                match self {
                    $( Self::$name => <$service as service::Service>::STORED_ONLY, )*
                }
            }

            /// The typed request of an operation's JSON shape and its raw payload.
            ///
            /// # Errors
            /// `NotImplemented` names an operation or a parameter that we do not have.
            pub fn decode(
                self,
                operation: &str,
                input: serde_json::Value,
                payload: Payload,
            ) -> Result<Request, ApiError> {
                let request = match self {
                    $( Self::$name => {
                        $module::Request::decode(operation, input, payload).map(Request::$name)
                    } )*
                };
                request.map_err(|refused| self.in_its_words(refused))
            }

            /// The request that a plain body in JSON is, of one of the service's quick operations; nothing
            /// where the tables of the wire are to be asked.
            #[must_use]
            pub fn quick(self, operation: &str, body: &[u8]) -> Option<Request> {
                match self {
                    $( Self::$name => {
                        <$service as service::Service>::quick(operation, body).map(Request::$name)
                    } )*
                }
            }
        }

        $(
            impl Row for $service {
                fn response(own: Self::Response) -> Response {
                    Response::$name(own)
                }
                fn record(own: Self::Record) -> Record {
                    Record::$name(own)
                }
                fn announcement(own: Self::Announcement) -> Announcement {
                    Announcement::$name(own)
                }
            }
        )*

        impl Request {
            /// The typed request for `service` ("s3", "sqs", …) and `operation`.
            ///
            /// # Errors
            /// `NotImplemented` names a service, operation or parameter that we do not have.
            pub fn decode(
                service: &str,
                operation: &str,
                input: serde_json::Value,
                payload: Payload,
            ) -> Result<Self, ApiError> {
                match Service::parse(service) {
                    Some(service) => service.decode(operation, input, payload),
                    None => Err(error::operation_not_implemented(service, operation)),
                }
            }

            /// The same with its raw payload, for a request that was decoded before that was there.
            #[must_use]
            pub fn with_payload(self, payload: Payload) -> Self {
                match self {
                    $( Self::$name(request) => Self::$name(request.with_payload(payload)), )*
                }
            }

            /// What it is about, for the trace: `photos/a.jpg`, `orders`, `resize-image`. Empty where
            /// it is about no one thing.
            #[must_use]
            pub fn subject(&self) -> String {
                match self {
                    $( Self::$name(request) => request.subject(), )*
                }
            }

            /// What its service answers where it cannot do it and nobody knows whether it did: 500.
            #[must_use]
            pub fn failure(&self) -> fn() -> ApiError {
                match self {
                    $( Self::$name(_) => {
                        <$service as service::Service>::DESCRIPTOR.refusals.internal
                    } )*
                }
            }

            /// `s3:PutObject`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $( Self::$name(request) => request.name(), )*
                }
            }
        }

        impl Response {
            /// The raw payload, for an operation that gives one.
            #[must_use]
            pub fn payload(&self) -> Option<&Payload> {
                match self {
                    $( Self::$name(response) => response.payload(), )*
                }
            }

            /// Which invocation's bytes are the answer's body, as they come.
            #[must_use]
            pub fn streamed(&self) -> Option<&str> {
                match self {
                    $( Self::$name(response) => <$service as service::Service>::streamed(response), )*
                }
            }

            /// By which id the answer goes, where it is not one of its own.
            #[must_use]
            pub fn request_id(&self) -> Option<&str> {
                match self {
                    $( Self::$name(response) => <$service as service::Service>::request_id(response), )*
                }
            }

            /// Writes the output of one of the operations that are called most and that say all but what is
            /// streamed beside the body; nothing for any other.
            pub fn beside_body<S: Serializer>(
                &self,
                serializer: S,
            ) -> Option<Result<S::Ok, S::Error>> {
                match self {
                    $( Self::$name(response) => {
                        <$service as service::Service>::beside_body(response, serializer)
                    } )*
                }
            }

            /// The operation's JSON shape as text: what a JSON protocol sends.
            #[must_use]
            pub fn to_json(&self) -> String {
                match self {
                    $( Self::$name(response) => response.to_json(), )*
                }
            }

            /// The operation's JSON shape and its raw payload.
            #[must_use]
            pub fn encode(self) -> (serde_json::Value, Payload) {
                match self {
                    $( Self::$name(response) => response.encode(), )*
                }
            }
        }

        impl Record {
            /// Where this record is kept.
            #[must_use]
            pub fn key(&self) -> Key {
                match self {
                    Self::Ids(_) => Key::named(IDS.kind, ""),
                    $( Self::$name(record) => record.key(), )*
                }
            }

            /// Every kind of record there is, in the order in which they are restored.
            #[must_use]
            pub fn kinds() -> Vec<KindRow> {
                let mut kinds = vec![IDS];
                $( kinds.extend_from_slice(<$service as service::Service>::Record::KINDS); )*
                kinds.sort_unstable_by_key(|row| row.kind);
                kinds
            }

            /// Reads a record of this kind back.
            ///
            /// # Errors
            /// The bytes are not a record of that kind, or nobody knows the kind.
            pub fn from_json(kind: Kind, json: &[u8]) -> Result<Self, serde_json::Error> {
                let is = |kinds: &[KindRow]| kinds.iter().any(|row| row.kind == kind);
                if kind == IDS.kind {
                    return serde_json::from_slice(json).map(|OwnRecord::Ids(drawn)| Self::Ids(drawn));
                }
                $(
                    if is(<$service as service::Service>::Record::KINDS) {
                        return serde_json::from_slice(json).map(Self::$name);
                    }
                )*
                Err(serde_json::Error::custom(format!("there is no kind of record {}", kind.0)))
            }
        }

        /// It is written as its service writes it.
        impl Serialize for Record {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self {
                    Self::Ids(drawn) => OwnRecord::Ids(*drawn).serialize(serializer),
                    $( Self::$name(record) => record.serialize(serializer), )*
                }
            }
        }

        impl Services {
            /// When something becomes due next.
            pub(crate) fn next_deadline(&self) -> Option<Timestamp> {
                [$( self.$module.deadlines.next() ),*].into_iter().flatten().min()
            }

            /// The same without what becomes due in one of them.
            pub(crate) fn next_deadline_beside(&self, beside: Service) -> Option<Timestamp> {
                let all = [$( (Service::$name, self.$module.deadlines.next()) ),*];
                all.into_iter().filter(|(it, _)| *it != beside).filter_map(|(_, at)| at).min()
            }

            /// Takes the first that has come by `now`, with its moment; at the same moment in the order of
            /// the table.
            pub(crate) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
                let first = self.next_deadline().filter(|at| *at <= now)?;
                $(
                    if self.$module.deadlines.next() == Some(first) {
                        let due = self.$module.deadlines.pop(first);
                        return due.map(|(at, due)| (at, Due::$name(due)));
                    }
                )*
                None
            }

            /// Takes a record back.
            pub(crate) fn restore(&mut self, shared: &mut Shared, record: Record) {
                match record {
                    Record::Ids(drawn) => shared.ids.resume_after(drawn),
                    $( Record::$name(record) => self.$module.restore(shared, record), )*
                }
            }

            /// Refuses a request whose body is still to come, where its head is reason enough.
            pub(crate) fn admit(
                &self,
                now: Timestamp,
                origin: &Origin,
                request: &Request,
            ) -> Result<Option<ChecksumAlgorithm>, ApiError> {
                match request {
                    $( Request::$name(request) => {
                        self.$module.service.admit(now, origin, request)
                    } )*
                }
            }

            /// Which stored bytes a request needs as a body of its own.
            pub(crate) fn copying(
                &self,
                now: Timestamp,
                origin: &Origin,
                request: &Request,
            ) -> Result<Option<Copying>, ApiError> {
                match request {
                    $( Request::$name(request) => {
                        self.$module.service.copying(now, origin, request)
                    } )*
                }
            }

            /// Everything durable, by service.
            pub(crate) fn records(&self) -> impl Iterator<Item = Record> + '_ {
                std::iter::empty()
                    $( .chain(self.$module.service.records().map(Record::$name)) )*
            }

            /// Asks the service of a request whether its caller may make it.
            pub(crate) fn access(
                &self,
                asking: &mut Asking<'_>,
                request: &Request,
            ) -> Result<(), ApiError> {
                match request {
                    $( Request::$name(request) => self.$module.service.access(asking, request), )*
                }
            }

            /// Every body that a service refers to, as often as it does.
            pub(crate) fn contents(&self) -> impl Iterator<Item = &Content> + '_ {
                std::iter::empty()
                    $( .chain(self.$module.service.contents()) )*
            }

            /// What services have measured since the last minute was over.
            pub(crate) fn facts(
                &self,
                directory: &Directory,
                at: Timestamp,
                facts: &mut Vec<Fact>,
            ) {
                $( self.$module.service.facts(directory, at, facts); )*
            }

            /// A minute is over; says when there is something to be told next.
            pub(crate) fn minute_over(&mut self, at: Timestamp) -> Option<Timestamp> {
                [$( self.$module.service.minute_over(at) ),*].into_iter().flatten().min()
            }

            /// What keeps services from being idle, by name.
            pub(crate) fn outstanding(&self) -> Vec<String> {
                let mut outstanding = Vec::new();
                $( outstanding.append(&mut self.$module.service.outstanding()); )*
                outstanding
            }

            /// What waits for time to pass in services, by name.
            pub(crate) fn waiting(&self) -> Vec<String> {
                let mut waiting = Vec::new();
                $( waiting.append(&mut self.$module.service.waiting()); )*
                waiting
            }
        }

        impl Handling<'_> {
            $(
                /// Lets the service do something because of `cause`.
                pub(crate) fn $module<T>(
                    &mut self,
                    cause: CauseId,
                    work: impl FnOnce(&mut $service, &mut Cx<'_, $service>) -> T,
                ) -> T {
                    self.services.$module.work(self.shared, &mut self.out, cause, work)
                }
            )*

            /// Lets the service of the request answer it; `None` where the answer comes later.
            pub(crate) fn serve(
                &mut self,
                cause: CauseId,
                origin: &Origin,
                request: Request,
            ) -> Result<Option<Response>, ApiError> {
                match request {
                    $(
                        Request::$name(request) => {
                            let answer = self.$module(cause, |service, cx| {
                                service.call(cx, origin, request)
                            });
                            Ok(answer?.map(Response::$name))
                        }
                    )*
                }
            }

            /// The client of a call that still waits has gone.
            pub(crate) fn disconnected(&mut self, call: CallId) {
                $(
                    let seat = &mut self.services.$module;
                    seat.service.disconnected(&mut seat.deadlines, call);
                )*
            }

            /// Something is due, because of what scheduled it.
            pub(crate) fn due(&mut self, due: Due) {
                match due {
                    $(
                        Due::$name(due) => {
                            let cause = self.services.$module.service.due_because(&due);
                            let cause = cause.unwrap_or_else(|| self.restore());
                            self.$module(cause, |service, cx| service.due(cx, due));
                        }
                    )*
                }
            }
        }
    };
}

impl Request {
    /// Whether it only reads. What else it changes follows from the time alone.
    #[must_use]
    pub fn reads_only(&self) -> bool {
        let operation = self.name().split_once(':').map_or("", |(_, operation)| operation);
        ["Describe", "Get", "Head", "List"].iter().any(|verb| operation.starts_with(verb))
    }
}

impl Service {
    /// The service of this name: `s3`, `sqs`, `lambda`, `sts`, `logs`, `cloudwatch`, `ec2`, …
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.as_str() == name)
    }

    /// The name in ARNs and before operations: `s3`, `sqs`, `lambda`, `sts`, `logs`, `cloudwatch`, `ec2`, …
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.descriptor().name
    }

    /// What is said of an input that the tables let pass and the service cannot read.
    fn in_its_words(self, refused: ApiError) -> ApiError {
        match self.descriptor().protocols {
            [Protocol::RestXml] if refused.code() == error::SERIALIZATION.code => {
                (&error::rest_xml::MALFORMED_XML).into()
            }
            _ => refused,
        }
    }
}

services! {
    /// Simple Storage Service.
    S3, s3, s3::S3;
    /// Simple Queue Service.
    Sqs, sqs, sqs::Sqs;
    /// Lambda.
    Lambda, lambda, lambda::Lambda;
    /// Security Token Service.
    Sts, sts, sts::Sts;
    /// CloudWatch Logs.
    Logs, logs, logs::Logs;
    /// CloudWatch.
    CloudWatch, cloudwatch, cloudwatch::CloudWatch;
    /// Elastic Compute Cloud.
    Ec2, ec2, ec2::Ec2;
    /// Elastic Load Balancing.
    Elb, elb, elb::Elb;
    /// EC2 Auto Scaling.
    AutoScaling, autoscaling, autoscaling::AutoScaling;
}
