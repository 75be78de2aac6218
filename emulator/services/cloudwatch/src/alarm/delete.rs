//! Alarms that go, and whether their actions follow. Names of alarms that are not there are passed over, as on AWS.

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::record::Key;
use serde::Deserialize;
use serde_json::json;

use super::{AlarmKey, Configuration, HistoryKind, Suppressed};
use crate::error::VALIDATION;
use crate::{CloudWatch, Cx, Due, Empty, Kind, Record};

impl CloudWatch {
    pub(crate) fn delete_alarms(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AlarmNamesInput,
    ) -> Result<Empty, ApiError> {
        let keys: Vec<AlarmKey> =
            input.alarm_names.iter().map(|name| AlarmKey::own(origin, name)).collect();
        let is_composite =
            |key: &&AlarmKey| self.alarms.all.get(*key).is_some_and(super::Alarm::is_composite);
        // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarms.html
        if keys.iter().filter(is_composite).count() > 1 {
            return Err(VALIDATION
                .says("Deletion of more than one composite alarm in a request is not supported."));
        }
        for key in keys {
            self.delete_alarm(cx, &key);
        }
        Ok(Empty {})
    }

    fn delete_alarm(&mut self, cx: &mut Cx<'_>, key: &AlarmKey) {
        let Some(alarm) = self.alarms.all.remove(key) else { return };
        self.unwatch(cx.deadlines, cx.directory, &alarm);
        if let Some(at) = alarm.suppressed.and_then(Suppressed::ends) {
            cx.deadlines.cancel(at, Due::Unsuppress(Box::new(key.clone())));
        }
        cx.delete(|| Key::named(Kind::Alarm, key.arn()));
        let data = json!({ "version": "1.0", "type": "Delete", "deletedAlarm": alarm.told() });
        let told = (format!("Alarm \"{}\" deleted", key.name), data.to_string());
        let of = (key, alarm.is_composite());
        self.remember(cx, of, HistoryKind::ConfigurationUpdate, told);
        self.look_at_parents(cx, key);
    }

    pub(crate) fn enable_alarm_actions(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        input: &AlarmNamesInput,
        enabled: bool,
    ) -> Result<Empty, ApiError> {
        for name in &input.alarm_names {
            let key = AlarmKey::own(origin, name);
            let Some(alarm) = self.alarms.all.get_mut(&key) else { continue };
            match &mut alarm.configuration {
                Configuration::Metric(it) => it.actions_enabled = Some(enabled),
                Configuration::Composite(it, _) => it.actions_enabled = Some(enabled),
            }
            alarm.updated = cx.now;
            cx.put(|| Record::alarm(alarm));
            let is_composite = alarm.is_composite();
            let (done, data) = (
                if enabled { "enabled" } else { "disabled" },
                json!({ "version": "1.0", "type": "Update", "updatedAlarm": alarm.told() }),
            );
            let told = (format!("Alarm actions {done} for \"{name}\""), data.to_string());
            self.remember(cx, (&key, is_composite), HistoryKind::ConfigurationUpdate, told);
            self.wake(cx, &key);
        }
        Ok(Empty {})
    }
}

/// Input of `DeleteAlarms`, `EnableAlarmActions` and `DisableAlarmActions`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AlarmNamesInput {
    /// The alarms.
    pub alarm_names: Vec<String>,
}
