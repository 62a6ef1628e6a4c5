//! What the history prints, one record a line: its keys in JSON, its cells in CSV, its columns for people.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::print::{Give, Record, age, local, time};
use crate::journal::{Ended, OpenExemption, PastDevice, RunSummary, SentTo};
use crate::model::text::csv_cell as safe;
use crate::model::{Counts, EndReason, Excluded, Hwid, IdMode, OutcomeKind, RunDevice, RunId};

/// The counts of a run: what has no outcome yet is told as what is known of it now.
#[derive(Clone, Copy, Serialize)]
pub(super) struct CountsRecord {
    pub(super) succeeded: usize,
    pub(super) failed: usize,
    pub(super) unknown: usize,
    pub(super) not_sent: usize,
    pub(super) excluded: usize,
}

impl CountsRecord {
    pub(super) fn of(counts: &Counts, excluded: usize) -> Self {
        Self {
            succeeded: counts.of(OutcomeKind::Succeeded),
            failed: counts.of(OutcomeKind::Failed),
            unknown: counts.of(OutcomeKind::Unknown) + counts.of(OutcomeKind::InFlight),
            not_sent: counts.of(OutcomeKind::NotSent) + counts.of(OutcomeKind::Queued),
            excluded,
        }
    }
}

/// A run.
#[derive(Serialize)]
pub(super) struct RunRecord<'a> {
    run: RunId,
    started: Timestamp,
    user: &'a str,
    action: &'static str,
    id_mode: &'static str,
    counts: CountsRecord,
    ended: Option<Timestamp>,
    /// `completed`, `stopped`, `refused`, `unreachable`, `left`, `going_on` or `unfinished`
    state: &'static str,
    state_detail: Option<&'a str>,
    reason: Option<&'a str>,
    host: &'a str,
    ssh_client: Option<&'a str>,
    profile: &'a str,
    cloud: &'a str,
}

impl<'a> RunRecord<'a> {
    pub(super) fn of(run: &'a RunSummary) -> Self {
        let (state, state_detail) = state(run);
        Self {
            run: run.run,
            started: run.started,
            user: &run.user,
            action: run.action.name(),
            id_mode: run.id_mode.name(),
            counts: CountsRecord::of(&run.counts, run.excluded),
            ended: run.ended.as_ref().map(|(at, _)| *at),
            state,
            state_detail,
            reason: run.reason.as_deref(),
            host: &run.host,
            ssh_client: run.ssh_client.as_deref(),
            profile: &run.profile,
            cloud: &run.cloud,
        }
    }
}

/// How a run stands, in one word, and why.
pub(super) fn state(run: &RunSummary) -> (&'static str, Option<&str>) {
    match run.ended.as_ref().map(|(_, why)| why) {
        Some(Ended::Because(EndReason::Completed)) => ("completed", None),
        Some(Ended::Because(EndReason::Stopped | EndReason::Interrupted)) => ("stopped", None),
        Some(Ended::Because(EndReason::Refused(why))) => ("refused", Some(why)),
        Some(Ended::Because(EndReason::Unreachable(why))) => ("unreachable", Some(why)),
        Some(Ended::Left) => ("left", None),
        None if run.alive => ("going_on", None),
        None => ("unfinished", None),
    }
}

impl Record for RunRecord<'_> {
    const CELLS: &'static [&'static str] = &[
        "run",
        "started",
        "user",
        "action",
        "id_mode",
        "succeeded",
        "failed",
        "unknown",
        "not_sent",
        "excluded",
        "ended",
        "state",
        "state_detail",
        "reason",
        "host",
        "ssh_client",
        "profile",
        "cloud",
    ];

    fn cells(&self) -> Vec<String> {
        let CountsRecord { succeeded, failed, unknown, not_sent, excluded } = self.counts;
        let mut cells = vec![
            self.run.to_string(),
            self.started.to_string(),
            safe(self.user),
            self.action.into(),
            self.id_mode.into(),
        ];
        cells.extend([succeeded, failed, unknown, not_sent, excluded].map(|count| count.to_string()));
        cells.extend([time(self.ended), self.state.into()]);
        cells.extend([self.state_detail, self.reason].map(|text| safe(text.unwrap_or_default())));
        cells.extend([self.host, self.ssh_client.unwrap_or_default(), self.profile, self.cloud].map(safe));
        cells
    }

    const COLUMNS: &'static [&'static str] = &["RUN", "STARTED", "USER", "ACTION", "BY", "OUTCOME", "REASON"];

    const GIVE: &'static [Give] = &[
        Give::ThisYear(1),
        Give::Drop(4),
        Give::Cut(2, 8),
        Give::Cut(6, 12),
        Give::Cut(2, 6),
        Give::Cut(5, 30),
        Give::Cut(3, 6),
        Give::Drop(6),
        Give::Cut(5, 10),
    ];

    fn columns(&self) -> Vec<String> {
        vec![
            self.run.to_string(),
            local(self.started),
            self.user.into(),
            self.action.into(),
            self.id_mode.into(),
            self.outcome(),
            self.reason.unwrap_or_default().into(),
        ]
    }
}

impl RunRecord<'_> {
    /// `31 ok, 2 failed, 2 unknown`, and how the run stands where it was not just done to its end.
    fn outcome(&self) -> String {
        let CountsRecord { succeeded, failed, unknown, not_sent, excluded } = self.counts;
        let numbers = [
            (succeeded, "ok"),
            (failed, "failed"),
            (unknown, "unknown"),
            (not_sent, "not sent"),
            (excluded, "excluded"),
        ];
        let numbers = numbers.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}"));
        let state = (self.state != "completed").then(|| self.state.replace('_', " "));
        numbers.chain(state).collect::<Vec<_>>().join(", ")
    }
}

/// A device of a run: the keys of `gears send` first, with the same values.
#[derive(Serialize)]
pub(super) struct DeviceRecord<'a> {
    id: Option<String>,
    mac: Option<String>,
    hwid: Option<&'a str>,
    label: &'a str,
    source: &'a str,
    line: u32,
    /// `succeeded`, `failed`, `unknown`, `not_sent` or `excluded`
    outcome: &'static str,
    detail: Option<Cow<'a, str>>,
    status: Option<u16>,
    words: Option<&'a str>,
    sent: Option<Timestamp>,
    changed: Option<Timestamp>,
}

impl<'a> DeviceRecord<'a> {
    pub(super) fn of(id_mode: IdMode, past: &'a PastDevice) -> Self {
        // What has no outcome yet is told as what is known of it now.
        let outcome = match past.outcome.kind {
            OutcomeKind::Queued => OutcomeKind::NotSent,
            OutcomeKind::InFlight => OutcomeKind::Unknown,
            kind => kind,
        };
        let detail = past.outcome.detail.as_deref().map(Cow::Borrowed);
        Self {
            status: past.status,
            words: past.words.as_deref(),
            sent: past.sent,
            changed: past.changed,
            ..Self::plain(id_mode, &past.device, outcome.name(), detail)
        }
    }

    pub(super) fn excluded(id_mode: IdMode, excluded: &'a Excluded) -> Self {
        Self::plain(id_mode, &excluded.device, "excluded", Some(excluded.detail()))
    }

    fn plain(id_mode: IdMode, device: &'a RunDevice, outcome: &'static str, detail: Option<Cow<'a, str>>) -> Self {
        Self {
            id: device.id(id_mode).map(|id| id.to_string()),
            mac: device.mac.map(|mac| mac.to_string()),
            hwid: device.hwid.as_ref().map(Hwid::as_str),
            label: &device.label,
            source: &device.source,
            line: device.line,
            outcome,
            detail,
            status: None,
            words: None,
            sent: None,
            changed: None,
        }
    }
}

impl Record for DeviceRecord<'_> {
    const CELLS: &'static [&'static str] =
        &["id", "mac", "hwid", "label", "source", "line", "outcome", "detail", "status", "words", "sent", "changed"];

    fn cells(&self) -> Vec<String> {
        vec![
            safe(self.id.as_deref().unwrap_or_default()),
            self.mac.clone().unwrap_or_default(),
            safe(self.hwid.unwrap_or_default()),
            safe(self.label),
            safe(self.source),
            self.line.to_string(),
            self.outcome.into(),
            safe(self.detail.as_deref().unwrap_or_default()),
            self.status.map(|status| status.to_string()).unwrap_or_default(),
            safe(self.words.unwrap_or_default()),
            time(self.sent),
            time(self.changed),
        ]
    }

    const COLUMNS: &'static [&'static str] = &["OUTCOME", "ID", "DEVICE", "FROM", "WHY"];

    const GIVE: &'static [Give] = &[Give::Cut(3, 12), Give::Drop(3), Give::Cut(2, 12)];

    fn columns(&self) -> Vec<String> {
        // An answer's words explain what went wrong; of what succeeded they say nothing.
        let words = self.words.filter(|_| self.outcome != "succeeded");
        vec![
            self.outcome.replace('_', " "),
            self.id.as_deref().or(self.mac.as_deref()).or(self.hwid).unwrap_or("–").into(),
            self.label.into(),
            format!("{}:{}", self.source, self.line),
            self.detail.as_deref().or(words).unwrap_or_default().into(),
        ]
    }
}

/// A device of a run together with the run: of an export, or of what was sent to one device.
#[derive(Serialize)]
pub(super) struct SentRecord<'a> {
    run: RunId,
    started: Timestamp,
    user: &'a str,
    action: &'static str,
    id_mode: &'static str,
    reason: Option<&'a str>,
    #[serde(flatten)]
    device: DeviceRecord<'a>,
}

impl<'a> SentRecord<'a> {
    pub(super) fn of(sent: &'a SentTo) -> Self {
        Self {
            run: sent.run,
            started: sent.started,
            user: &sent.user,
            action: sent.action.name(),
            id_mode: sent.id_mode.name(),
            reason: sent.reason.as_deref(),
            device: DeviceRecord::of(sent.id_mode, &sent.device),
        }
    }

    pub(super) fn in_run(run: &'a RunSummary, device: DeviceRecord<'a>) -> Self {
        Self {
            run: run.run,
            started: run.started,
            user: &run.user,
            action: run.action.name(),
            id_mode: run.id_mode.name(),
            reason: run.reason.as_deref(),
            device,
        }
    }
}

impl Record for SentRecord<'_> {
    const CELLS: &'static [&'static str] = &[
        "run", "started", "user", "action", "id_mode", "reason", "id", "mac", "hwid", "label", "source", "line",
        "outcome", "detail", "status", "words", "sent", "changed",
    ];

    fn cells(&self) -> Vec<String> {
        let mut cells = vec![
            self.run.to_string(),
            self.started.to_string(),
            safe(self.user),
            self.action.into(),
            self.id_mode.into(),
        ];
        cells.push(safe(self.reason.unwrap_or_default()));
        cells.extend(self.device.cells());
        cells
    }

    const COLUMNS: &'static [&'static str] = &["RUN", "WHEN", "USER", "ACTION", "OUTCOME", "WHY", "REASON"];

    const GIVE: &'static [Give] =
        &[Give::ThisYear(1), Give::Cut(2, 8), Give::Cut(6, 12), Give::Cut(2, 6), Give::Cut(6, 8), Give::Drop(6)];

    fn columns(&self) -> Vec<String> {
        let [outcome, _, _, _, why] = self.device.columns().try_into().unwrap_or_default();
        let when = local(self.device.sent.unwrap_or(self.started));
        let reason = self.reason.unwrap_or_default().into();
        vec![self.run.to_string(), when, self.user.into(), self.action.into(), outcome, why, reason]
    }
}

/// An open exemption.
#[derive(Serialize)]
pub(super) struct ExemptionRecord<'a> {
    id: String,
    mac: Option<String>,
    hwid: Option<&'a str>,
    label: &'a str,
    source: &'a str,
    line: u32,
    since: Timestamp,
    /// Whole hours
    age_hours: i64,
    /// False where no trustworthy answer came: it may be exempt
    certain: bool,
    run: RunId,
    user: &'a str,
    reason: Option<&'a str>,
    account: &'a str,
}

impl<'a> ExemptionRecord<'a> {
    pub(super) fn of(open: &'a OpenExemption, now: Timestamp) -> Self {
        Self {
            id: open.device.id(open.id_mode).map(|id| id.to_string()).unwrap_or_default(),
            mac: open.device.mac.map(|mac| mac.to_string()),
            hwid: open.device.hwid.as_ref().map(Hwid::as_str),
            label: &open.device.label,
            source: &open.device.source,
            line: open.device.line,
            since: open.since,
            age_hours: now.duration_since(open.since).as_hours().max(0),
            certain: open.certain,
            run: open.run,
            user: &open.user,
            reason: open.reason.as_deref(),
            account: &open.account,
        }
    }
}

impl Record for ExemptionRecord<'_> {
    const CELLS: &'static [&'static str] = &[
        "id",
        "mac",
        "hwid",
        "label",
        "source",
        "line",
        "since",
        "age_hours",
        "certain",
        "run",
        "user",
        "reason",
        "account",
    ];

    fn cells(&self) -> Vec<String> {
        vec![
            safe(&self.id),
            self.mac.clone().unwrap_or_default(),
            safe(self.hwid.unwrap_or_default()),
            safe(self.label),
            safe(self.source),
            self.line.to_string(),
            self.since.to_string(),
            self.age_hours.to_string(),
            self.certain.to_string(),
            self.run.to_string(),
            safe(self.user),
            safe(self.reason.unwrap_or_default()),
            safe(self.account),
        ]
    }

    const COLUMNS: &'static [&'static str] = &["ID", "DEVICE", "AGE", "STATE", "USER", "RUN", "REASON"];

    const GIVE: &'static [Give] = &[Give::Cut(6, 8), Give::Cut(1, 12), Give::Cut(4, 6), Give::Drop(6), Give::Cut(1, 6)];

    fn columns(&self) -> Vec<String> {
        vec![
            self.id.clone(),
            self.label.into(),
            age(self.age_hours),
            if self.certain { "exempt" } else { "may be" }.into(),
            self.user.into(),
            self.run.to_string(),
            self.reason.unwrap_or_default().into(),
        ]
    }
}
