-- Times are milliseconds since 1970, UTC. Ids, labels and words are kept as they came; they are made safe where they are shown.

-- A process that sends. It is alive as long as it holds the lock on its file in the state folder.
CREATE TABLE consoles (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    lock_file TEXT NOT NULL,
    user_name TEXT NOT NULL,
    host TEXT NOT NULL,
    ssh_client TEXT,
    pid BIGINT NOT NULL,
    started BIGINT NOT NULL
);

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    -- Who may go on with it
    console BIGINT NOT NULL REFERENCES consoles (id),
    -- Who began it
    user_name TEXT NOT NULL,
    host TEXT NOT NULL,
    ssh_client TEXT,
    profile TEXT NOT NULL,
    cloud TEXT NOT NULL,
    account TEXT NOT NULL,
    action TEXT NOT NULL,
    id_mode TEXT NOT NULL,
    reason TEXT,
    started BIGINT NOT NULL,
    ended BIGINT,
    -- completed, stopped, refused, unreachable, left
    end_kind TEXT,
    end_words TEXT,
    excluded BIGINT NOT NULL,
    -- How many devices have each outcome; known once it has ended
    succeeded BIGINT,
    failed BIGINT,
    unknown BIGINT,
    not_sent BIGINT
);
CREATE INDEX runs_open ON runs (id) WHERE ended IS NULL;
CREATE INDEX runs_started ON runs (started);

CREATE TABLE devices (
    run BIGINT NOT NULL REFERENCES runs (id),
    -- Index into the run's devices
    position BIGINT NOT NULL,
    mac TEXT,
    hwid TEXT,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    line BIGINT NOT NULL,
    -- The newest batch that carried it
    batch BIGINT,
    -- queued (no request with it has left), in_flight (a request has left, nothing came back), or a final outcome
    outcome TEXT NOT NULL,
    detail TEXT,
    changed BIGINT,
    -- Whether an earlier request with it may have been obeyed: it is not called unsent any more
    uncertain BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE INDEX devices_mac ON devices (mac) WHERE mac IS NOT NULL;
CREATE INDEX devices_hwid ON devices (hwid) WHERE hwid IS NOT NULL;
CREATE INDEX devices_batch ON devices (run, batch) WHERE batch IS NOT NULL;

-- What was chosen and could not be sent
CREATE TABLE excluded (
    run BIGINT NOT NULL REFERENCES runs (id),
    position BIGINT NOT NULL,
    mac TEXT,
    hwid TEXT,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    line BIGINT NOT NULL,
    text TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (run, position)
) WITHOUT ROWID;

CREATE TABLE batches (
    run BIGINT NOT NULL REFERENCES runs (id),
    batch BIGINT NOT NULL,
    -- planned (it came back unsent), sent, answered
    state TEXT NOT NULL,
    -- How many of them
    devices BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    sent BIGINT NOT NULL,
    answered BIGINT,
    -- Of the newest answer
    status BIGINT,
    words TEXT,
    PRIMARY KEY (run, batch)
) WITHOUT ROWID;

-- Devices that are exempt, or may be, and were not told otherwise since. Outlives the runs that it came from.
CREATE TABLE exemptions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL,
    mac TEXT,
    hwid TEXT,
    label TEXT NOT NULL,
    source TEXT NOT NULL,
    line BIGINT NOT NULL,
    id_mode TEXT NOT NULL,
    run BIGINT NOT NULL,
    user_name TEXT NOT NULL,
    reason TEXT,
    since BIGINT NOT NULL,
    -- False where the outcome is unknown
    certain BOOLEAN NOT NULL
);
CREATE INDEX exemptions_mac ON exemptions (account, mac);
CREATE INDEX exemptions_hwid ON exemptions (account, hwid);
CREATE INDEX exemptions_since ON exemptions (account, since);

-- The budget of each account
CREATE TABLE ledgers (
    account TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    -- The store's clock when it was kept, the machine's start and the machine that this clock belongs to, and wall time
    moment BIGINT NOT NULL,
    boot TEXT NOT NULL,
    machine TEXT NOT NULL,
    wall BIGINT NOT NULL
) WITHOUT ROWID;
