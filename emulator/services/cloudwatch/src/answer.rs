//! Which operation does what.

use kernel::call::Origin;
use kernel::error::ApiError;

use crate::{CloudWatch, Cx, Request, Response};

/// Each operation with what answers it.
macro_rules! answers {
    ($request:expr; $( $operation:ident($input:ident) => $answer:expr; )*) => {
        match $request {
            $( Request::$operation($input) => Response::$operation(Box::new($answer?)), )*
        }
    };
}

impl CloudWatch {
    pub(crate) fn answer(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        request: Request,
    ) -> Result<Response, ApiError> {
        Ok(answers! { request;
            GetMetricData(it) => self.get_metric_data(cx, origin, &it);
            GetMetricStatistics(it) => self.get_metric_statistics(cx, origin, &it);
            ListMetrics(it) => self.list_metrics(cx, origin, &it);
            PutMetricData(it) => self.put_metric_data(cx, origin, &it);
        })
    }
}
