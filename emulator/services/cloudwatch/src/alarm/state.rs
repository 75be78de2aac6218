//! How an alarm becomes what it is: by an evaluation, by its rule, or because somebody says so.

use kernel::call::Origin;
use kernel::error::ApiError;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{AlarmKey, HistoryKind, State, StateValue};
use crate::error::{INVALID_FORMAT, RESOURCE_NOT_FOUND};
use crate::{CloudWatch, Cx, Empty, Record};

impl CloudWatch {
    /// An alarm is in another state: it is remembered, actions follow, and who is composed of it looks at it.
    pub(super) fn transition(
        &mut self,
        cx: &mut Cx<'_>,
        key: &AlarmKey,
        value: StateValue,
        (reason, reason_data): (String, Option<String>),
    ) {
        let Some(alarm) = self.alarms.all.get_mut(key) else { return };
        let is_other = alarm.state.value != value;
        let transitioned = if is_other { cx.now } else { alarm.state.transitioned };
        let state = State { value, reason, reason_data, updated: cx.now, transitioned };
        let before = std::mem::replace(&mut alarm.state, state.clone());
        let is_composite = alarm.is_composite();
        cx.put(|| Record::alarm(alarm));
        let summary = format!("Alarm updated from {} to {}", before.value.as_str(), value.as_str());
        let data = json!({
            "version": "1.0", "oldState": told(&before), "newState": told(&state),
        });
        let of = (key, is_composite);
        self.remember(cx, of, HistoryKind::StateUpdate, (summary, data.to_string()));
        if is_other {
            self.act(cx, key, &before);
            self.look_at_parents(cx, key);
        }
    }

    pub(crate) fn set_alarm_state(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: SetAlarmStateInput,
    ) -> Result<Empty, ApiError> {
        let key = AlarmKey::own(origin, &input.alarm_name);
        if !self.alarms.all.contains_key(&key) {
            return Err((&RESOURCE_NOT_FOUND).into());
        }
        let is_json = |text: &String| serde_json::from_str::<Value>(text).is_ok();
        if input.state_reason_data.as_ref().is_some_and(|text| !is_json(text)) {
            return Err(INVALID_FORMAT.says("StateReasonData is not valid JSON"));
        }
        let value = StateValue::parse(&input.state_value).unwrap_or(StateValue::InsufficientData);
        self.transition(cx, &key, value, (input.state_reason, input.state_reason_data));
        // It lasts until it is evaluated next.
        self.wake(cx, &key);
        Ok(Empty {})
    }
}

/// A state as its history tells it.
fn told(state: &State) -> Value {
    let mut told = json!({ "stateValue": state.value.as_str(), "stateReason": state.reason });
    let data = state.reason_data.as_deref().map(serde_json::from_str::<Value>);
    if let Some(Ok(data)) = data {
        told["stateReasonData"] = data;
    }
    told
}

/// Input of `SetAlarmState`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SetAlarmStateInput {
    /// The alarm.
    pub alarm_name: String,
    /// How it is to be.
    pub state_value: String,
    /// Why.
    pub state_reason: String,
    /// The same for programs: JSON.
    pub state_reason_data: Option<String>,
}
