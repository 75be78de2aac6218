//! Alarms that are composed of others.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html>

use std::collections::{BTreeMap, BTreeSet};

use kernel::call::Origin;
use kernel::error::ApiError;
use kernel::time::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::put::check_actions;
use super::{Alarm, AlarmKey, Configuration, HistoryKind, Rule, State, StateValue};
use crate::error::{LIMIT_EXCEEDED_FAULT, VALIDATION};
use crate::limits::{ALARMS_MAX, RULE_CHARS_MAX};
use crate::tags::{Tag, merged};
use crate::{CloudWatch, Cx, Empty, Record};

impl CloudWatch {
    pub(crate) fn put_composite_alarm(
        &mut self,
        cx: &mut Cx<'_>,
        origin: &Origin,
        mut input: PutCompositeAlarmInput,
    ) -> Result<Empty, ApiError> {
        let key = AlarmKey::own(origin, &input.alarm_name);
        let rule = self.read_rule(&key, &input)?;
        let tags = input.tags.take().unwrap_or_default();
        let is_new = !self.alarms.all.contains_key(&key);
        self.put_alarm(cx, key.clone(), Configuration::Composite(Box::new(input), rule), tags)?;
        let cause = match is_new {
            true => Cause::Created,
            false => Cause::Updated,
        };
        self.compose(cx, &key, &cause);
        Ok(Empty {})
    }

    /// Refuses a rule that cannot be read, that names what is not there, or that leads to itself.
    fn read_rule(&self, key: &AlarmKey, input: &PutCompositeAlarmInput) -> Result<Rule, ApiError> {
        let lists: [(&str, &[String]); 3] = [
            ("oKActions", &input.ok_actions),
            ("alarmActions", &input.alarm_actions),
            ("insufficientDataActions", &input.insufficient_data_actions),
        ];
        check_actions(lists)?;
        for arn in lists.into_iter().flat_map(|(_, actions)| actions) {
            let service = kernel::arn::Parts::parse(arn).map_or("", |parts| parts.service);
            if matches!(service, "automate" | "autoscaling" | "swf") {
                return Err(
                    VALIDATION.says(format!("Unsupported action for composite alarms: {arn}"))
                );
            }
        }
        let text = &input.alarm_rule;
        if text.chars().count() > RULE_CHARS_MAX {
            return Err(VALIDATION
                .says(format!("AlarmRule must not be longer than {RULE_CHARS_MAX} characters.")));
        }
        let rule = Rule::parse(text)
            .map_err(|wrong| VALIDATION.says(format!("Invalid alarm rule: {wrong}")))?;
        let mut unknown = BTreeSet::new();
        let mut leads_to = Vec::new();
        rule.names(&mut |name| {
            let child = key.named_by(name);
            match self.alarms.all.contains_key(&child) || child == *key {
                true => leads_to.push(child),
                false => _ = unknown.insert(name.to_owned()),
            }
        });
        if !unknown.is_empty() {
            let names: Vec<String> = unknown.into_iter().collect();
            return Err(VALIDATION.says(format!(
                "Could not save the composite alarm as alarms [{}] in the alarm rule do not exist",
                names.join(", ")
            )));
        }
        match self.reaches(leads_to, key) {
            true => Err(VALIDATION.says(
                "Could not save the composite alarm as there is a cycle in the alarm rule"
                    .to_owned(),
            )),
            false => self.check_suppressor(input).map(|()| rule),
        }
    }

    fn check_suppressor(&self, input: &PutCompositeAlarmInput) -> Result<(), ApiError> {
        let periods =
            [input.actions_suppressor_wait_period, input.actions_suppressor_extension_period];
        match &input.actions_suppressor {
            None if periods.iter().any(Option::is_some) => Err(VALIDATION.says(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod need an ActionsSuppressor.",
            )),
            Some(_) if periods.iter().any(Option::is_none) => Err(VALIDATION.says(
                "ActionsSuppressorWaitPeriod and ActionsSuppressorExtensionPeriod are required with an ActionsSuppressor.",
            )),
            _ => Ok(()),
        }
    }

    /// Whether rules lead from any of these to that one.
    fn reaches(&self, mut open: Vec<AlarmKey>, to: &AlarmKey) -> bool {
        let mut seen = BTreeSet::new();
        while let Some(key) = open.pop() {
            if key == *to {
                return true;
            }
            let alarm = self.alarms.all.get(&key);
            if let Some(Alarm { configuration: Configuration::Composite(_, rule), .. }) = alarm
                && seen.insert(key.clone())
            {
                rule.names(&mut |name| open.push(key.named_by(name)));
            }
        }
        false
    }

    /// Keeps an alarm, new or with another configuration. The state of one that there is stays.
    pub(super) fn put_alarm(
        &mut self,
        cx: &mut Cx<'_>,
        key: AlarmKey,
        configuration: Configuration,
        tags: Vec<Tag>,
    ) -> Result<(), ApiError> {
        let before = self.alarms.all.get(&key).cloned();
        let is_composite = matches!(configuration, Configuration::Composite(..));
        if before.as_ref().is_some_and(|before| before.is_composite() != is_composite) {
            let other = if is_composite { "metric" } else { "composite" };
            return Err(VALIDATION.says(format!(
                "Could not save the alarm as a {other} alarm with the same name already exists"
            )));
        }
        if before.is_none() && self.alarms.all.len() >= ALARMS_MAX {
            return Err((&LIMIT_EXCEEDED_FAULT).into());
        }
        let alarm = match &before {
            Some(before) => Alarm { configuration, updated: cx.now, ..before.clone() },
            None => Alarm {
                key: key.clone(),
                configuration,
                updated: cx.now,
                state: State::initial(cx.now),
                tags: merged(&BTreeMap::new(), &tags)?,
                suppressed: None,
            },
        };
        if let Some(before) = &before {
            self.unwatch(cx.deadlines, cx.directory, before);
        }
        self.watch(cx.directory, &alarm);
        cx.put(|| Record::alarm(&alarm));
        let (done, kind) = match before {
            Some(_) => ("updated", "Update"),
            None => ("created", "Create"),
        };
        let data = json!({
            "version": "1.0", "type": kind, (format!("{done}Alarm")): alarm.told(),
        });
        let summary = format!("Alarm \"{}\" {done}", key.name);
        self.alarms.all.insert(key.clone(), alarm);
        let told = (summary, data.to_string());
        self.remember(cx, (&key, is_composite), HistoryKind::ConfigurationUpdate, told);
        self.wake(cx, &key);
        Ok(())
    }

    /// An alarm is in another state: who names it looks at it.
    pub(super) fn look_at_parents(&mut self, cx: &mut Cx<'_>, child: &AlarmKey) {
        let parents: Vec<AlarmKey> = self.parents(child).map(|alarm| alarm.key.clone()).collect();
        for parent in parents {
            self.compose(cx, &parent, &Cause::Child(child.clone()));
        }
        self.suppressor_changed(cx, child);
    }

    /// The composite alarms whose rules name an alarm.
    pub(super) fn parents<'a>(&'a self, child: &'a AlarmKey) -> impl Iterator<Item = &'a Alarm> {
        self.alarms.all.values().filter(move |alarm| {
            let Configuration::Composite(_, rule) = &alarm.configuration else { return false };
            let mut is_named = false;
            rule.names(&mut |name| is_named |= alarm.key.named_by(name) == *child);
            is_named
        })
    }

    /// Whether the rule of a composite alarm holds now.
    fn compose(&mut self, cx: &mut Cx<'_>, key: &AlarmKey, cause: &Cause) {
        let Some(alarm) = self.alarms.all.get(key) else { return };
        let Configuration::Composite(_, rule) = &alarm.configuration else { return };
        let state =
            |name: &str| self.alarms.all.get(&key.named_by(name)).map(|alarm| alarm.state.value);
        let value = match rule.holds(&state) {
            true => StateValue::Alarm,
            false => StateValue::Ok,
        };
        if alarm.state.value == value {
            return;
        }
        let (arn, evaluates) = (key.arn(), value.as_str());
        let (reason, triggering) = match cause {
            Cause::Created => (
                format!("{arn} was created and its alarm rule evaluates to {evaluates}"),
                Vec::new(),
            ),
            Cause::Updated => (
                format!("{arn} was updated and its alarm rule evaluates to {evaluates}"),
                Vec::new(),
            ),
            Cause::Child(child) => {
                let state = self.alarms.all.get(child).map(|alarm| &alarm.state);
                let became = state.map_or("INSUFFICIENT_DATA", |state| state.value.as_str());
                let reason = format!(
                    "{} transitioned to {became} at {}",
                    child.arn(),
                    spelled(state.map_or(cx.now, |state| state.transitioned))
                );
                let told = json!({
                    "arn": child.arn(),
                    "state": { "value": became, "timestamp": cx.now.iso8601_offset() },
                });
                (reason, vec![told])
            }
        };
        let data = json!({ "triggeringAlarms": triggering }).to_string();
        self.transition(cx, key, value, (reason, Some(data)));
    }
}

/// Because of what a rule is looked at.
enum Cause {
    Created,
    Updated,
    Child(AlarmKey),
}

/// `Monday 23 November, 2026 12:00:00 UTC`
fn spelled(at: Timestamp) -> String {
    let ms = i64::try_from(at.as_ms()).unwrap_or_default();
    let at = chrono::DateTime::from_timestamp_millis(ms).unwrap_or_default();
    at.format("%A %d %B, %Y %H:%M:%S UTC").to_string()
}

/// Input of `PutCompositeAlarm`, and what is kept of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PutCompositeAlarmInput {
    /// Its name.
    pub alarm_name: String,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alarm_description: Option<String>,
    /// Which alarms must be how.
    pub alarm_rule: String,
    /// Whether actions follow: yes, unless told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_enabled: Option<bool>,
    /// What follows when it becomes `OK`.
    #[serde(default, rename = "OKActions")]
    pub ok_actions: Vec<String>,
    /// What follows when it becomes `ALARM`.
    #[serde(default)]
    pub alarm_actions: Vec<String>,
    /// What follows when it becomes `INSUFFICIENT_DATA`.
    #[serde(default)]
    pub insufficient_data_actions: Vec<String>,
    /// What a new alarm is tagged with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// While this alarm is in `ALARM`, no actions follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_suppressor: Option<String>,
    /// How long the suppressor is waited for, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_suppressor_wait_period: Option<i64>,
    /// How long actions wait after the suppressor was in `ALARM`, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actions_suppressor_extension_period: Option<i64>,
}
