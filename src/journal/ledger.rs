//! One budget for all consoles that share a state folder: the ledger of a cloud (host and port) is a row of the journal's
//! database. Not of an account, which can be known by several keys and by a token.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::oneshot;

use super::error::Refusal;
use super::settings::cloud_of;
use super::store::{self, Store};
use super::{Clock, Journal};
use crate::limiter::{CLOCKS_APART, Change, Ledger, LedgerStore, Moment, StoreError};

/// The store's clock runs this many nanoseconds (about 32 years) ahead of the machine's uptime, so that a moment before
/// the machine's start has a number as well.
const AHEAD: u64 = 1_000_000_000_000_000_000;

/// How the ledger's moments were carried over to another clock, when they had to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guess {
    /// This machine has restarted since the ledger was kept. No more time counts as passed than since its start: slots may
    /// count as taken for longer than they are, never for less.
    Restarted,
    /// Another machine (or a container with a clock of its own) kept the ledger. Both wall clocks were believed to be at most
    /// [`CLOCKS_APART`](crate::limiter::CLOCKS_APART): every slot from there lasts that much longer.
    OtherClock,
    /// By the wall clocks it was kept in the future, and too far for clocks that are merely apart: no time counts as passed.
    ClockWentBack,
}

impl Guess {
    const ALL: [Self; 3] = [Self::Restarted, Self::OtherClock, Self::ClockWentBack];

    /// What to tell the operator, in one sentence.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Restarted => {
                "This machine has restarted, so the budget counts slots as taken that may be free again: for one window at \
                 the most."
            }
            Self::OtherClock => {
                "The budget was last used on another machine: its slots count as taken for half a minute longer, in case its \
                 clock and this one's are apart."
            }
            Self::ClockWentBack => {
                "The clock went back, or another machine's is ahead: the budget counts every slot as taken for one more \
                 window."
            }
        }
    }
}

/// The ledger of the journal's cloud, shared by every process that has the state folder.
#[derive(Clone, Debug)]
pub struct SharedLedger {
    store: Arc<Store>,
}

/// What is kept in a row. The ledger is one; tests have simpler ones.
trait Kept: Clone + Default + Serialize + DeserializeOwned + Send + Sync + 'static {
    fn rebase(&mut self, from: Moment, to: Moment);

    /// It came by the wall clocks of two machines.
    fn carry(&mut self);
}

impl Kept for Ledger {
    fn rebase(&mut self, from: Moment, to: Moment) {
        Self::rebase(self, from, to);
    }

    fn carry(&mut self) {
        Self::carry(self);
    }
}

impl Journal {
    /// The shared ledger of this journal's cloud; `None` without a journal.
    #[must_use]
    pub fn ledger(&self) -> Option<SharedLedger> {
        Some(SharedLedger::new(Arc::clone(self.store()?)))
    }

    /// The newest guess that had to be made about how much time has passed since the budget was last used, if one had to
    /// be made. Known once the budget has been read.
    #[must_use]
    pub fn guessed(&self) -> Option<Guess> {
        self.ledger()?.guessed()
    }
}

impl SharedLedger {
    pub(super) fn new(store: Arc<Store>) -> Self {
        Self { store }
    }

    /// As `Journal::guessed`: the ledgers of one open journal know of each other's guesses.
    #[must_use]
    pub fn guessed(&self) -> Option<Guess> {
        let index = usize::from(self.store.guess.load(Ordering::Relaxed)).checked_sub(1)?;
        Guess::ALL.get(index).copied()
    }

    /// Runs the change between BEGIN and COMMIT of one transaction.
    ///
    /// The transaction lives in a task of its own, so that it ends even if the caller goes away in the middle; the change,
    /// which may borrow from the caller, runs in the caller.
    async fn change<K: Kept>(&self, change: impl FnOnce(&mut K, Moment) + Send) -> Result<(), StoreError> {
        let closed = || StoreError("the journal has been closed".to_owned());
        let (lend, borrowed) = oneshot::channel();
        let (give_back, returned) = oneshot::channel();
        let this = self.clone();
        let work = tokio::spawn(async move {
            let mut line = this.store.line().await;
            let done = this.lend::<K>(&mut line.connection, lend, returned).await;
            done.map_err(|refusal| StoreError(this.store.words(refusal).0))
        });
        if let Ok((mut kept, now)) = borrowed.await {
            change(&mut kept, now);
            let _ = give_back.send(kept);
        }
        work.await.unwrap_or_else(|_| Err(closed()))
    }

    /// Lends what is kept to the caller and keeps what comes back.
    async fn lend<K: Kept>(
        &self,
        db: &mut SqliteConnection,
        lend: oneshot::Sender<(K, Moment)>,
        returned: oneshot::Receiver<K>,
    ) -> Result<(), Refusal> {
        store::begin(db).await?;
        let result = async {
            let (kept, now, data) = self.read(db).await?;
            // The caller went away: then nothing is kept.
            let gone = || Refusal::Rule("the change to the budget was given up".to_owned());
            lend.send((kept, now)).map_err(|_| gone())?;
            let kept = returned.await.map_err(|_| gone())?;
            self.keep(db, &kept, now, data.as_deref()).await
        };
        match result.await {
            Ok(()) => Ok(store::end(db).await?),
            Err(refusal) => {
                store::roll_back(db).await;
                Err(refusal)
            }
        }
    }

    /// What is kept, at the store's now, and as it is written there if it needs no other form.
    async fn read<K: Kept>(&self, db: &mut SqliteConnection) -> Result<(K, Moment, Option<String>), Refusal> {
        let settings = &self.store.settings;
        let clock = &*settings.clock;
        let row: Option<(String, i64, String, String, i64)> =
            sqlx::query_as("SELECT data, moment, boot, machine, wall FROM ledgers WHERE cloud = $1")
                .bind(cloud_of(&settings.account))
                .fetch_optional(db)
                .await?;
        let now = now(clock);
        let Some((data, moment, boot, machine, wall)) = row else { return Ok((K::default(), now, None)) };
        let mut kept: K = serde_json::from_str(&data).map_err(|error| {
            Refusal::Rule(format!(
                "the budget in the journal {} cannot be read ({error}): another version of gears may have written it. Use \
                 that one, or name another folder with --state-dir",
                self.store.file().display()
            ))
        })?;
        let then = Moment(u64::try_from(moment).unwrap_or_default());
        if *boot == *clock.boot() && then <= now {
            return Ok((kept, now, Some(data)));
        }
        let (to, guess) = carried(clock, now, *boot != *clock.boot() && *machine == *clock.machine(), wall);
        kept.rebase(then, to);
        if guess == Guess::OtherClock {
            kept.carry();
        }
        let index = Guess::ALL.iter().position(|&one| one == guess).unwrap_or_default();
        self.store.guess.store(index as u8 + 1, Ordering::Relaxed);
        self.store.notices.add(guess.words());
        Ok((kept, now, None))
    }

    async fn keep<K: Kept>(
        &self,
        db: &mut SqliteConnection,
        kept: &K,
        now: Moment,
        known: Option<&str>,
    ) -> Result<(), Refusal> {
        let settings = &self.store.settings;
        let data = serde_json::to_string(kept).map_err(|error| Refusal::Rule(format!("the budget: {error}")))?;
        if known == Some(&data) {
            // Whoever looks in vain costs the disk nothing: with several processes that wait, most do.
            return Ok(());
        }
        sqlx::query(
            "INSERT INTO ledgers (cloud, data, moment, boot, machine, wall) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (cloud) DO UPDATE SET data = excluded.data, moment = excluded.moment, boot = excluded.boot, \
             machine = excluded.machine, wall = excluded.wall",
        )
        .bind(cloud_of(&settings.account))
        .bind(data)
        .bind(i64::try_from(now.0).unwrap_or(i64::MAX))
        .bind(&*settings.clock.boot())
        .bind(&*settings.clock.machine())
        .bind(settings.clock.wall().as_millisecond())
        .execute(db)
        .await?;
        Ok(())
    }
}

/// The store's now.
pub(super) fn now(clock: &dyn Clock) -> Moment {
    Moment(clock.uptime().0.saturating_add(AHEAD))
}

/// Where on our clock that shows `now` a ledger of another clock was kept, at the latest; `wall` is when by wall time.
fn carried(clock: &dyn Clock, now: Moment, same_machine: bool, wall: i64) -> (Moment, Guess) {
    let passed = clock.wall().as_millisecond().saturating_sub(wall);
    let time = Duration::from_millis(passed.unsigned_abs());
    if same_machine && passed >= 0 {
        // It was kept before this start of the machine: a wall clock that was set ahead since cannot open the budget early.
        return (now.before(time.min(Moment(clock.uptime().0).since(Moment(0)))), Guess::Restarted);
    }
    match passed {
        0.. => (now.before(time), Guess::OtherClock),
        // A little into the future: the other clock is ahead. On the way back it is behind by as much, so this must count, or
        // a ledger that goes to and fro would lose that time again and again.
        _ if !same_machine && time <= CLOCKS_APART => (now + time, Guess::OtherClock),
        _ => (now, Guess::ClockWentBack),
    }
}

impl LedgerStore for SharedLedger {
    fn now(&self) -> Moment {
        now(&*self.store.settings.clock)
    }

    fn update<'a>(&'a self, change: Change<'a>) -> BoxFuture<'a, Result<(), StoreError>> {
        self.change::<Ledger>(change).boxed()
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Mutex;

    use jiff::Timestamp;
    use serde::Deserialize;

    use super::*;
    use crate::journal::Settings;
    use crate::limiter::{CloudWords, Limiter, Owner, Rate};

    /// The clocks of a machine: seconds of wall time and of uptime, its name and its start.
    #[derive(Debug)]
    struct Times(Mutex<(i64, u64, &'static str, &'static str)>);

    impl Times {
        fn pass_a_second(&self) {
            let mut times = self.0.lock().unwrap();
            times.0 += 1;
            times.1 += 1;
        }
    }

    impl Clock for Times {
        fn wall(&self) -> Timestamp {
            Timestamp::from_second(self.0.lock().unwrap().0).unwrap()
        }

        fn uptime(&self) -> Moment {
            Moment(self.0.lock().unwrap().1 * SECOND)
        }

        fn machine(&self) -> Arc<str> {
            self.0.lock().unwrap().2.into()
        }

        fn boot(&self) -> Arc<str> {
            self.0.lock().unwrap().3.into()
        }
    }

    const SECOND: u64 = 1_000_000_000;

    /// When something was noted.
    #[derive(Clone, Default, Serialize, Deserialize)]
    struct Notes(Vec<Moment>);

    impl Kept for Notes {
        fn rebase(&mut self, from: Moment, to: Moment) {
            for note in &mut self.0 {
                *note = Moment(note.0 - from.0 + to.0);
            }
        }

        fn carry(&mut self) {}
    }

    async fn ledger(folder: &Path, times: (i64, u64, &'static str, &'static str)) -> SharedLedger {
        let settings = Settings::new(folder, "acme", "gears.example", Some("client"));
        let clock = Arc::new(Times(Mutex::new(times)));
        Journal::open(Settings { clock, ..settings }).await.unwrap().ledger().unwrap()
    }

    /// Notes a moment at 1000 s of wall time and 500 s after the machine's start; how many seconds ago it is by other clocks.
    async fn seconds_ago(later: (i64, u64, &'static str, &'static str)) -> (u64, Option<Guess>) {
        let top = tempfile::tempdir().unwrap();
        let first = ledger(top.path(), (1000, 500, "here", "first")).await;
        first.change(|notes: &mut Notes, now| notes.0.push(now)).await.unwrap();
        let second = ledger(top.path(), later).await;
        let mut ago = 0;
        second.change(|notes: &mut Notes, now| ago = (now.0 - notes.0[0].0) / SECOND).await.unwrap();
        // What was carried over is kept: the same clock finds it where it was.
        second.change(|notes: &mut Notes, now| assert_eq!(ago, (now.0 - notes.0[0].0) / SECOND)).await.unwrap();
        (ago, second.guessed())
    }

    #[tokio::test]
    async fn wall_clocks_that_are_set_change_nothing() {
        assert_eq!(seconds_ago((1030, 530, "here", "first")).await, (30, None));
        assert_eq!(seconds_ago((10, 530, "here", "first")).await, (30, None));
        assert_eq!(seconds_ago((999_999, 530, "here", "first")).await, (30, None));
    }

    #[tokio::test]
    async fn after_a_restart_no_more_time_has_passed_than_since_the_start() {
        for (wall, passed) in [(1035, 20), (999_999, 20), (1005, 5)] {
            assert_eq!(seconds_ago((wall, 20, "here", "second")).await, (passed, Some(Guess::Restarted)));
        }
        assert_eq!(seconds_ago((10, 20, "here", "second")).await, (0, Some(Guess::ClockWentBack)));
    }

    #[tokio::test]
    async fn a_guess_is_known_to_the_journal() {
        let top = tempfile::tempdir().unwrap();
        ledger(top.path(), (1000, 500, "here", "first")).await.change(|_: &mut Notes, _| ()).await.unwrap();
        let settings = Settings::new(top.path(), "acme", "gears.example", Some("client"));
        let clock = Arc::new(Times(Mutex::new((1030, 20, "here", "second"))));
        let journal = Journal::open(Settings { clock, ..settings }).await.unwrap();
        assert_eq!(journal.guessed(), None);
        journal.ledger().unwrap().change(|_: &mut Notes, _| ()).await.unwrap();
        assert_eq!(journal.guessed(), Some(Guess::Restarted));
        assert_eq!(journal.ledger().unwrap().guessed(), Some(Guess::Restarted));
    }

    #[tokio::test]
    async fn another_machine_goes_by_wall_time() {
        assert_eq!(seconds_ago((1030, 5, "there", "other")).await, (30, Some(Guess::OtherClock)));
        assert_eq!(seconds_ago((969, 90_000, "there", "other")).await, (0, Some(Guess::ClockWentBack)));
        // A container of the same machine whose clock was set back
        assert_eq!(seconds_ago((1030, 5, "here", "first")).await, (30, Some(Guess::OtherClock)));
    }

    #[tokio::test]
    async fn what_stays_as_it_is_is_not_written() {
        let top = tempfile::tempdir().unwrap();
        let ledger = ledger(top.path(), (1000, 500, "here", "first")).await;
        let writes = async || {
            let db = &mut ledger.store.line().await.connection;
            sqlx::query_scalar::<_, i64>("SELECT total_changes()").fetch_one(db).await.unwrap()
        };
        ledger.change(|notes: &mut Notes, now| notes.0.push(now)).await.unwrap();
        let before = writes().await;
        ledger.change(|_: &mut Notes, _| ()).await.unwrap();
        assert_eq!(writes().await, before);
        ledger.change(|notes: &mut Notes, now| notes.0.push(now)).await.unwrap();
        assert_eq!(writes().await, before + 1);
    }

    /// A cloud cannot be asked whose a token is, nor whether two keys are of one account.
    #[tokio::test]
    async fn all_who_may_be_one_account_share_a_ledger() {
        let top = tempfile::tempdir().unwrap();
        let everybody = [
            ("gears.example", Some("one"), 1),
            ("gears.example", None, 2),
            ("gears.example", Some("two"), 3),
            ("gears.example:8443", Some("one"), 1),
            ("other.example", None, 1),
            ("gears.example", Some("one"), 4),
        ];
        for (cloud, key, expected) in everybody {
            let settings = Settings::new(top.path(), "acme", cloud, key);
            let ledger = Journal::open(settings).await.unwrap().ledger().unwrap();
            let mut notes = 0;
            let note = |kept: &mut Notes, now| {
                kept.0.push(now);
                notes = kept.0.len();
            };
            ledger.change(note).await.unwrap();
            assert_eq!(notes, expected, "{cloud} {key:?}");
        }
    }

    /// Two machines whose clocks are apart take turns: nothing opens early, and nothing stays closed.
    #[tokio::test]
    async fn a_ledger_that_goes_to_and_fro_opens_neither_early_nor_never() {
        let rate = Rate { requests: 1, window: Duration::from_mins(1) };
        for ahead in [-30, -20, 0, 7, 30] {
            let top = tempfile::tempdir().unwrap();
            let both = [(1000, 500, "here", "first"), (1000 + ahead, 90_000, "there", "other")];
            let mut machines = Vec::new();
            for times in both {
                let clock = Arc::new(Times(Mutex::new(times)));
                let settings = Settings::new(top.path(), "acme", "gears.example", Some("client"));
                let settings = Settings { clock: Arc::<Times>::clone(&clock), ..settings };
                let ledger = Journal::open(settings).await.unwrap().ledger().unwrap();
                let owner = Owner { user: "anna".into(), pid: 1 };
                machines.push((clock, Limiter::new(rate, Duration::from_secs(30), Arc::new(ledger), owner)));
            }
            let permit = machines[0].1.acquire().await.unwrap();
            permit.answered(&CloudWords::default()).await.unwrap();
            let mut opened = None;
            for second in 1..200 {
                for (clock, limiter) in &machines {
                    clock.pass_a_second();
                    if limiter.look().await.unwrap().taken == 0 {
                        opened = opened.or(Some(second));
                    }
                }
            }
            // After the window, and by how far clocks may be apart, and are.
            assert!(opened.is_some_and(|second| (60..=121).contains(&second)), "{ahead}: {opened:?}");
        }
    }

    #[tokio::test]
    async fn a_ledger_that_cannot_be_read_is_an_error_and_stays() {
        let top = tempfile::tempdir().unwrap();
        let ledger = ledger(top.path(), (1000, 500, "here", "first")).await;
        ledger.change(|notes: &mut Notes, now| notes.0.push(now)).await.unwrap();
        sqlx::query("UPDATE ledgers SET data = '{'").execute(&mut ledger.store.line().await.connection).await.unwrap();
        let error = ledger.change(|_: &mut Notes, _| panic!("not reached")).await.unwrap_err();
        assert!(error.0.contains("cannot be read") && error.0.contains("--state-dir"), "{error}");
    }
}
