//! Who may call a function by its URL.
//! <https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html>

use kernel::access::{Asking, Denied, Verdict};
use kernel::error::ApiError;
use kernel::policy::Principal;

use super::{policy_arn, refusal, verdict};
use crate::{Lambda, Request, UrlAuthType};

const INVOKE_URL: &str = "lambda:InvokeFunctionUrl";
const INVOKE: &str = "lambda:InvokeFunction";

impl Request {
    /// How the URL is signed for by which a function is invoked.
    pub(super) fn url_auth_type(&self) -> Option<UrlAuthType> {
        match self {
            Self::Invoke(input) | Self::InvokeWithResponseStream(input) => input.url_auth_type(),
            _ => None,
        }
    }
}

impl Lambda {
    /// Refuses who may not invoke by the URL; nobody in particular is not taken for the owner here. Since
    /// October 2025 AWS asks for the function as well of URLs that are new, and lets older ones be: what
    /// it would refuse of it is noted.
    pub(super) fn ask_by_url(
        &self,
        asking: &mut Asking<'_>,
        request: &Request,
        auth_type: UrlAuthType,
    ) -> Result<(), ApiError> {
        let Some(reference) = request.reference(asking.origin) else { return Ok(()) };
        let arn = policy_arn(&reference.arn);
        let found = self.functions.get(&arn.unqualified());
        let denied = |asking: &Asking<'_>, action: &str| -> Option<Denied> {
            let conditions = || {
                asking
                    .conditions(&arn.account)
                    .with("lambda:FunctionUrlAuthType", auth_type.as_str())
                    .with("lambda:InvokedViaFunctionUrl", "true")
            };
            match verdict(&asking.identity(), action, &arn, found, &conditions) {
                Verdict::Allowed(_) => None,
                Verdict::Denied(denied) => Some(denied),
            }
        };
        if let Some(denied) = denied(asking, INVOKE_URL) {
            let principal = Principal::of(&asking.origin.caller);
            return Err(refusal(&principal, INVOKE_URL, &reference.arn, &denied));
        }
        if let Some(denied) = denied(asking, INVOKE) {
            asking.lets_pass(INVOKE, &reference.arn, &denied);
        }
        Ok(())
    }
}
