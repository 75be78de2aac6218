//! An alarm that holds the actions of a composite alarm back.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-suppression.html>

use kernel::time::Timestamp;

use super::{Alarm, AlarmKey, Configuration, State, StateValue, Suppressed};
use crate::{CloudWatch, Cx, Due, Record};

impl Alarm {
    /// Its suppressor, with how long that is waited for and how long it lasts, in seconds.
    fn suppressor(&self) -> Option<(AlarmKey, u64, u64)> {
        let Configuration::Composite(it, _) = &self.configuration else { return None };
        let name = it.actions_suppressor.as_deref()?;
        let seconds = |period: Option<i64>| period.and_then(|it| u64::try_from(it).ok());
        let wait_s = seconds(it.actions_suppressor_wait_period).unwrap_or_default();
        let extension_s = seconds(it.actions_suppressor_extension_period).unwrap_or_default();
        Some((self.key.named_by(name), wait_s, extension_s))
    }
}

impl CloudWatch {
    /// Whether the actions of an alarm that has changed its state wait.
    pub(super) fn is_held_back(&mut self, cx: &mut Cx<'_>, key: &AlarmKey, before: &State) -> bool {
        let Some(alarm) = self.alarms.all.get(key) else { return false };
        let Some((suppressor, wait_s, _)) = alarm.suppressor() else { return false };
        if alarm.state.value != StateValue::Alarm {
            // What was never said needs no all-clear.
            let was_held_back = alarm.suppressed.is_some();
            self.set_suppressed(cx, key, None);
            return was_held_back && before.value == StateValue::Alarm;
        }
        let is_suppressing = self
            .alarms
            .all
            .get(&suppressor)
            .is_some_and(|alarm| alarm.state.value == StateValue::Alarm);
        let suppressed = match is_suppressing {
            true => Suppressed::Alarm,
            false if wait_s == 0 => return false,
            false => Suppressed::WaitPeriod(cx.now.after_s(wait_s)),
        };
        self.set_suppressed(cx, key, Some(suppressed));
        true
    }

    /// An alarm is in another state: whose suppressor it is may act, or no more.
    pub(super) fn suppressor_changed(&mut self, cx: &mut Cx<'_>, changed: &AlarmKey) {
        let is_alarm = |key: &AlarmKey| {
            self.alarms.all.get(key).is_some_and(|it| it.state.value == StateValue::Alarm)
        };
        let now_alarm = is_alarm(changed);
        let held: Vec<(AlarmKey, Suppressed, u64)> = self
            .alarms
            .all
            .values()
            .filter_map(|alarm| {
                let (suppressor, _, extension_s) = alarm.suppressor()?;
                let suppressed = alarm.suppressed?;
                (suppressor == *changed).then(|| (alarm.key.clone(), suppressed, extension_s))
            })
            .collect();
        for (key, suppressed, extension_s) in held {
            match suppressed {
                _ if now_alarm => self.set_suppressed(cx, &key, Some(Suppressed::Alarm)),
                Suppressed::Alarm => {
                    let until = Suppressed::ExtensionPeriod(cx.now.after_s(extension_s));
                    self.set_suppressed(cx, &key, Some(until));
                }
                _ => {}
            }
        }
    }

    fn set_suppressed(&mut self, cx: &mut Cx<'_>, key: &AlarmKey, to: Option<Suppressed>) {
        let Some(alarm) = self.alarms.all.get_mut(key) else { return };
        if let Some(at) = alarm.suppressed.and_then(Suppressed::ends) {
            cx.deadlines.cancel(at, Due::Unsuppress(Box::new(key.clone())));
        }
        if let Some(at) = to.and_then(Suppressed::ends) {
            cx.deadlines.schedule(at, Due::Unsuppress(Box::new(key.clone())));
        }
        alarm.suppressed = to;
        cx.put(|| Record::alarm(alarm));
    }

    /// A period is over: what waited follows now, where the alarm still is one.
    pub(crate) fn unsuppress(&mut self, cx: &mut Cx<'_>, key: &AlarmKey) {
        let ended = self.alarms.all.get(key).and_then(|alarm| alarm.suppressed?.ends());
        if ended.is_none_or(|at| at > cx.now) {
            return;
        }
        self.set_suppressed(cx, key, None);
        self.act_again(cx, key);
    }
}

impl Suppressed {
    pub(crate) const fn ends(self) -> Option<Timestamp> {
        match self {
            Self::WaitPeriod(at) | Self::ExtensionPeriod(at) => Some(at),
            Self::Alarm => None,
        }
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::WaitPeriod(_) => "WaitPeriod",
            Self::ExtensionPeriod(_) => "ExtensionPeriod",
            Self::Alarm => "Alarm",
        }
    }
}
