//! A CloudFormation (and the one call of STS) that plays a script, in AWS's Query protocol.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;

const STACK_ID: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/cloudless-shop/1";

#[derive(Clone)]
pub(super) struct Fake {
    url: String,
    script: Arc<Mutex<Script>>,
}

#[derive(Default)]
struct Script {
    calls: String,
    refused: BTreeMap<String, (String, String)>,
    /// Status of the stack; `None` before there is one.
    status: Option<String>,
    parameters: BTreeMap<String, String>,
    /// `Action Name Type Replacement`
    change: Option<String>,
    has_no_changes: bool,
    failure: Option<(String, String)>,
    /// Shown already, oldest first: status, name, reason.
    events: Vec<[String; 3]>,
    /// Shown one at a time, each time somebody asks.
    coming: Vec<[String; 3]>,
    was_asked_for_change_set: bool,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let fake = Self { url, script: Arc::default() };
        let router = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        fake
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What was called, one a line, with what was said of parameters.
    pub(super) fn calls(&self) -> String {
        self.script.lock().unwrap().calls.clone()
    }

    pub(super) fn forget_calls(&self) {
        self.script.lock().unwrap().calls.clear();
    }

    /// From now on this action is refused.
    pub(super) fn refuse(&self, action: &str, code: &str, message: &str) {
        let refusal = (code.to_owned(), message.to_owned());
        self.script.lock().unwrap().refused.insert(action.to_owned(), refusal);
    }

    /// The next change set has this change: `Modify Database AWS::RDS::DBInstance True`.
    pub(super) fn change(&self, change: &str) {
        self.script.lock().unwrap().change = Some(change.to_owned());
    }

    pub(super) fn no_changes(&self) {
        self.script.lock().unwrap().has_no_changes = true;
    }

    /// The next creation fails at this resource.
    pub(super) fn fail(&self, resource: &str, reason: &str) {
        self.script.lock().unwrap().failure = Some((resource.to_owned(), reason.to_owned()));
    }
}

async fn answer(State(fake): State<Fake>, body: String) -> (StatusCode, String) {
    let fields: BTreeMap<String, String> = serde_urlencoded::from_str(&body).unwrap();
    let action = fields["Action"].clone();
    let mut script = fake.script.lock().unwrap();
    script.note(&action, &fields);
    if let Some((code, message)) = script.refused.get(&action) {
        return refusal(code, message);
    }
    match script.answer(&action, &fields) {
        Ok(inner) => {
            let result = format!("<{action}Result>{inner}</{action}Result>");
            (StatusCode::OK, format!("<{action}Response>{result}</{action}Response>"))
        }
        Err((code, message)) => refusal(code, &message),
    }
}

fn refusal(code: &str, message: &str) -> (StatusCode, String) {
    let error = format!("<Code>{code}</Code><Message>{message}</Message>");
    let xml =
        format!("<ErrorResponse><Error>{error}</Error><RequestId>1</RequestId></ErrorResponse>");
    (StatusCode::BAD_REQUEST, xml)
}

impl Script {
    /// Questions that are asked again and again are noted once.
    fn note(&mut self, action: &str, fields: &BTreeMap<String, String>) {
        if self.calls.lines().any(|line| line == action) && action.starts_with("Describe") {
            return;
        }
        let _ = writeln!(self.calls, "{action}");
        if action != "CreateChangeSet" {
            return;
        }
        let _ = writeln!(self.calls, "  {}", fields["ChangeSetType"]);
        for number in 1.. {
            let field = |name: &str| fields.get(&format!("Parameters.member.{number}.{name}"));
            let Some(name) = field("ParameterKey") else { break };
            let value = field("ParameterValue").map_or("(previous)", String::as_str);
            let value = if name.ends_with("Key") { "(content)" } else { value };
            let _ = writeln!(self.calls, "  {name}={value}");
        }
    }

    fn answer(
        &mut self,
        action: &str,
        fields: &BTreeMap<String, String>,
    ) -> Result<String, (&'static str, String)> {
        Ok(match action {
            "GetCallerIdentity" => "<Arn>arn:aws:iam::000000000000:user/ada</Arn>\
                <UserId>A</UserId><Account>000000000000</Account>"
                .to_owned(),
            "ValidateTemplate" => {
                // Deployed, it comes by way of the bucket; dry, as text.
                assert!(fields.contains_key("TemplateURL") || fields.contains_key("TemplateBody"));
                String::new()
            }
            "DescribeStacks" => self.stack(&fields["StackName"])?,
            "CreateChangeSet" => {
                self.was_asked_for_change_set = false;
                for number in 1.. {
                    let name = format!("Parameters.member.{number}.ParameterKey");
                    let value = format!("Parameters.member.{number}.ParameterValue");
                    let Some(name) = fields.get(&name) else { break };
                    if let Some(value) = fields.get(&value) {
                        self.parameters.insert(name.clone(), value.clone());
                    }
                }
                if self.status.is_none() {
                    self.status = Some("REVIEW_IN_PROGRESS".to_owned());
                    self.events.push(event("REVIEW_IN_PROGRESS", "cloudless-shop", ""));
                }
                format!("<Id>change-set-1</Id><StackId>{STACK_ID}</StackId>")
            }
            // Not at once, as with AWS.
            "DescribeChangeSet" if !self.was_asked_for_change_set => {
                self.was_asked_for_change_set = true;
                "<Status>CREATE_IN_PROGRESS</Status>".to_owned()
            }
            "DescribeChangeSet" if self.has_no_changes => "<Status>FAILED</Status><StatusReason>\
                The submitted information didn't contain changes. Submit different information to \
                create a change set.</StatusReason>"
                .to_owned(),
            "DescribeChangeSet" => {
                let change = self.change.take();
                let change = change.unwrap_or_else(|| "Add Vpc AWS::EC2::VPC ".to_owned());
                let words: Vec<&str> = change.split(' ').collect();
                let [action, name, kind, replacement] = words[..] else { panic!("{change}") };
                format!(
                    "<Status>CREATE_COMPLETE</Status><Changes><member><Type>Resource</Type>\
                     <ResourceChange><Action>{action}</Action><LogicalResourceId>{name}\
                     </LogicalResourceId><ResourceType>{kind}</ResourceType><Replacement>\
                     {replacement}</Replacement></ResourceChange></member></Changes>"
                )
            }
            "DeleteChangeSet" => String::new(),
            "ExecuteChangeSet" => {
                self.plays("CREATE");
                String::new()
            }
            "DeleteStack" => {
                self.plays("DELETE");
                String::new()
            }
            "DescribeStackEvents" => self.shown(),
            other => panic!("nobody expected {other}"),
        })
    }

    fn plays(&mut self, verb: &str) {
        let says = |end: &str| format!("{verb}_{end}");
        self.coming.push(event(&says("IN_PROGRESS"), "cloudless-shop", "User Initiated"));
        self.coming.push(event(&says("IN_PROGRESS"), "Vpc", ""));
        if let Some((resource, reason)) = self.failure.take() {
            self.coming.push(event(&says("FAILED"), &resource, &reason));
            self.coming.push(event(&says("FAILED"), "Dashboard", "Resource creation cancelled"));
            let why = format!("The following resource(s) failed to create: [{resource}].");
            self.coming.push(event("ROLLBACK_IN_PROGRESS", "cloudless-shop", &why));
            self.coming.push(event("ROLLBACK_COMPLETE", "cloudless-shop", ""));
        } else {
            self.coming.push(event(&says("COMPLETE"), "Vpc", ""));
            self.coming.push(event(&says("COMPLETE"), "cloudless-shop", ""));
        }
        self.coming.reverse();
        // Whoever asks for the stack while it is followed does so at the end.
        let last = &self.coming[0][0];
        self.status = (last != "DELETE_COMPLETE").then(|| last.clone());
    }

    /// Newest first; each time one more.
    fn shown(&mut self) -> String {
        self.events.extend(self.coming.pop());
        let members = self.events.iter().enumerate().rev().map(|(id, [status, name, reason])| {
            let physical = if name == "cloudless-shop" { STACK_ID } else { "physical" };
            format!(
                "<member><EventId>{id}</EventId><StackId>{STACK_ID}</StackId><StackName>\
                 cloudless-shop</StackName><LogicalResourceId>{name}</LogicalResourceId>\
                 <PhysicalResourceId>{physical}</PhysicalResourceId><ResourceStatus>{status}\
                 </ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>\
                 <Timestamp>2026-11-23T12:00:00Z</Timestamp></member>"
            )
        });
        format!("<StackEvents>{}</StackEvents>", members.collect::<String>())
    }

    fn stack(&self, name: &str) -> Result<String, (&'static str, String)> {
        let Some(status) = &self.status else {
            return Err(("ValidationError", format!("Stack with id {name} does not exist")));
        };
        let parameters = self.parameters.iter().map(|(name, value)| {
            format!(
                "<member><ParameterKey>{name}</ParameterKey><ParameterValue>{value}\
                 </ParameterValue></member>",
                value = value.replace('<', "&lt;"),
            )
        });
        let outputs = [
            ("ShopUrl", "http://balancer.example/"),
            ("BalancerName", "balancer.example"),
            ("ManagerUser", "manager"),
            ("ManagerSecret", "arn:aws:secretsmanager:us-east-1:000000000000:secret:M"),
        ];
        let outputs = outputs.iter().map(|(name, value)| {
            format!(
                "<member><OutputKey>{name}</OutputKey><OutputValue>{value}</OutputValue></member>"
            )
        });
        Ok(format!(
            "<Stacks><member><StackName>cloudless-shop</StackName><StackId>{STACK_ID}</StackId>\
             <CreationTime>2026-11-23T12:00:00Z</CreationTime><StackStatus>{status}</StackStatus>\
             <Parameters>{}</Parameters><Outputs>{}</Outputs></member></Stacks>",
            parameters.collect::<String>(),
            outputs.collect::<String>(),
        ))
    }
}

fn event(status: &str, name: &str, reason: &str) -> [String; 3] {
    [status.to_owned(), name.to_owned(), reason.to_owned()]
}
