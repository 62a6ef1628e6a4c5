//! What takes time, and what it reports back.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::{mpsc, watch};

use super::batch::Batch;
use super::{Setup, Ticket, settle};
use crate::client::{ClientError, TokenNumber, Verdict};
use crate::journal::{AnswerNote, JournalError};
use crate::limiter::{Permit, StoreError, Wait};
use crate::model::{Action, EndReason, Id, IdMode, NewRun, Outcome, RunId};

/// How often it is tried to record what has become of a batch.
const RECORD_TRIES: u32 = 3;
/// The pause between two tries.
const RECORD_PAUSE: Duration = Duration::from_millis(500);

/// From a job to the actor.
#[derive(Debug)]
pub enum News {
    Begun {
        ticket: Ticket,
        run: NewRun,
        result: Result<RunId, JournalError>,
    },
    Asked(Result<Result<Permit, Wait>, StoreError>),
    Looked(Result<(), StoreError>),
    Token {
        result: Result<TokenNumber, ClientError>,
        kept: Result<(), StoreError>,
    },
    /// Recorded as sent; the request leaves now.
    Left {
        run: RunId,
        devices: Vec<u32>,
    },
    /// The request is over.
    Came {
        run: RunId,
        batch: Batch,
        came: Came,
    },
    /// What a batch has become is recorded, or cannot be.
    Recorded {
        run: RunId,
        batch: Batch,
        what: Record,
        result: Result<(), JournalError>,
    },
    Closed {
        run: RunId,
        why: EndReason,
        result: Result<(), JournalError>,
    },
}

/// How a batch's request ended.
#[derive(Debug)]
pub enum Came {
    /// With this verdict.
    Verdict { verdict: Verdict, token: TokenNumber, note: AnswerNote, kept: Result<(), StoreError> },
    /// It was recorded and did not leave: the token or the slot was gone, or the run was stopped meanwhile.
    Stayed,
    /// It could not be recorded, and so did not leave.
    Unrecorded(String),
}

/// What is to be recorded of a batch, and done then.
#[derive(Debug)]
pub enum Record {
    /// These outcomes are final. Whether the answer was one to rely on.
    Outcomes { outcomes: Vec<(u32, Outcome)>, good: bool },
    /// The batch has not run.
    Returned(Then),
}

/// What is done with a batch that has not run.
#[derive(Clone, Copy, Debug)]
pub enum Then {
    /// It waits for its next request.
    Again,
    /// It is cut in two.
    Split,
    /// It is cut to the size that is known to be good.
    Shrink,
}

/// Who runs the jobs.
#[derive(Clone, Debug)]
pub struct Jobs {
    pub setup: Setup,
    pub news: mpsc::UnboundedSender<News>,
}

impl Jobs {
    fn tell(&self, news: News) {
        // The actor waits for all its jobs; where it is gone the runtime is ending.
        let _ = self.news.send(news);
    }

    pub fn begin(&self, ticket: Ticket, run: NewRun) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let result = jobs.setup.journal.begin_run(&run).await;
            jobs.tell(News::Begun { ticket, run, result });
        });
    }

    pub fn ask(&self) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let asked = jobs.setup.limiter.try_acquire().await;
            jobs.tell(News::Asked(asked));
        });
    }

    pub fn look(&self) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let looked = jobs.setup.limiter.look().await.map(drop);
            jobs.tell(News::Looked(looked));
        });
    }

    pub fn give_back(&self, permit: Permit) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let given = permit.give_back().await;
            jobs.tell(News::Looked(given));
        });
    }

    pub fn fetch_token(&self, permit: Permit) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let exchange = async {
                let (result, words) = jobs.setup.client.fetch_token().await;
                let kept = settle(permit, &result, &words).await;
                (result, kept)
            };
            let done = AssertUnwindSafe(exchange).catch_unwind().await;
            let (result, kept) = done.unwrap_or_else(|_| {
                let why = "no token: an error in this program".into();
                (Err(ClientError::Refused(why)), Ok(()))
            });
            jobs.tell(News::Token { result, kept });
        });
    }

    /// Sends a batch's request with a slot that was taken for it.
    pub fn send(&self, permit: Permit, token: TokenNumber, batch: Batch, request: Request) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let run = request.run;
            let came = AssertUnwindSafe(jobs.exchange(permit, token, &batch, request)).catch_unwind().await;
            let came = came.unwrap_or_else(|_| {
                let verdict = Verdict::Untrusted("an error in this program".into());
                Came::Verdict { verdict, token, note: AnswerNote::default(), kept: Ok(()) }
            });
            jobs.tell(News::Came { run, batch, came });
        });
    }

    async fn exchange(&self, permit: Permit, token: TokenNumber, batch: &Batch, mut request: Request) -> Came {
        let Setup { client, limiter, journal, .. } = &self.setup;
        if let Err(error) = journal.batch_sent(request.run, batch.number, &batch.devices).await {
            let _ = permit.give_back().await;
            return Came::Unrecorded(error.to_string());
        }
        let mut permit = permit;
        while !permit.is_fresh() {
            // Recording took so long that the slot could end before the request does: another one is taken.
            let _ = permit.give_back().await;
            permit = loop {
                match limiter.try_acquire().await {
                    Ok(Ok(permit)) => break permit,
                    Ok(Err(wait)) => tokio::select! {
                        () = limiter.wait(wait) => {}
                        _ = request.stopped.wait_for(|&stopped| stopped) => return Came::Stayed,
                    },
                    Err(_) => return Came::Stayed,
                }
            };
        }
        if *request.stopped.borrow() {
            let _ = permit.give_back().await;
            return Came::Stayed;
        }
        let (run, number, devices) = (request.run.0, batch.number, batch.devices.len());
        let (action, by, attempt) = (request.action.name(), request.mode.name(), batch.tries + 1);
        tracing::info!(run, batch = number, devices, action, by, attempt, "a batch leaves");
        self.tell(News::Left { run: request.run, devices: batch.devices.clone() });
        let Some((verdict, reply)) = client.act(token, request.action, request.mode, &request.ids).await else {
            let _ = permit.give_back().await;
            return Came::Stayed;
        };
        let kept = match verdict {
            Verdict::NeverLeft(_) => permit.give_back().await,
            _ => permit.answered(&reply.limit()).await,
        };
        let words = Some(reply.words()).filter(|words| !words.is_empty());
        Came::Verdict { verdict, token, note: AnswerNote { status: reply.status(), words }, kept }
    }

    pub fn record(&self, run: RunId, batch: Batch, what: Record, note: AnswerNote) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let mut result = jobs.write(run, batch.recorded, &what, &note).await;
            for _ in 1..RECORD_TRIES {
                if result.is_ok() {
                    break;
                }
                tracing::warn!(
                    run = run.0,
                    batch = batch.number,
                    "what became of a batch could not be recorded; trying again"
                );
                // What has happened cannot be taken back: a busy or full disk gets another chance.
                tokio::time::sleep(RECORD_PAUSE).await;
                result = jobs.write(run, batch.recorded, &what, &note).await;
            }
            jobs.tell(News::Recorded { run, batch, what, result });
        });
    }

    async fn write(&self, run: RunId, batch: u32, what: &Record, note: &AnswerNote) -> Result<(), JournalError> {
        match what {
            Record::Outcomes { outcomes, .. } => self.setup.journal.batch_answered(run, batch, outcomes, note).await,
            Record::Returned(_) => self.setup.journal.batch_returned(run, batch, note).await,
        }
    }

    pub fn close(&self, run: RunId, why: EndReason) {
        let jobs = self.clone();
        tokio::spawn(async move {
            let result = jobs.setup.journal.end_run(run, &why).await;
            jobs.tell(News::Closed { run, why, result });
        });
    }
}

/// What a batch's request needs to know of its run.
#[derive(Debug)]
pub struct Request {
    pub run: RunId,
    pub action: Action,
    pub mode: IdMode,
    pub ids: Vec<Id>,
    /// Whether the run was stopped meanwhile.
    pub stopped: watch::Receiver<bool>,
}
