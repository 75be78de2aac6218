//! Availability Zones: one is lost, and is back.

use cloudless_core::ec2::{fleet::Report, is_zone};
use http::StatusCode;
use serde_json::json;

use super::query::Query;
use super::{Told, problem, unknown};
use crate::http::{Http, json as answer};

pub(super) const PATH: &str = "/_cloudless/zones/";

/// Loses a zone, or brings it back. It has happened when this returns; its instances end as fast as processes do.
pub(super) fn act(http: &Http, path: &str, query: &Query) -> Told {
    let Some((zone, what)) = path.strip_prefix(PATH).and_then(|rest| rest.split_once('/')) else {
        return Ok(unknown());
    };
    if !is_zone(zone) {
        return Ok(problem(
            StatusCode::NOT_FOUND,
            &format!("there is no Availability Zone {zone}"),
        ));
    }
    let zone = zone.to_owned();
    Ok(match what {
        "lose" => {
            let for_s = query.duration("for_s")?.map(|length| length.as_secs());
            http.engine.instances(Report::ZoneLost { zone: zone.clone(), for_s });
            answer(StatusCode::OK, &json!({ "lost": zone, "for_s": for_s }))
        }
        "restore" => {
            http.engine.instances(Report::ZoneBack { zone: zone.clone() });
            answer(StatusCode::OK, &json!({ "restored": zone }))
        }
        _ => unknown(),
    })
}
