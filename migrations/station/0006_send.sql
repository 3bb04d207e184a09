-- station/0006: what is to be sent outlives the program; an object is done only after the peer's answer to it was noted here.
CREATE TABLE send_job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_ms INTEGER NOT NULL,
    peer TEXT NOT NULL,           -- name of a peer
    committing INTEGER NOT NULL,  -- storage commitment is asked for afterwards
    priority INTEGER NOT NULL DEFAULT 0,  -- higher goes first
    paused INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,  -- without any progress
    next_attempt_ms INTEGER NOT NULL,
    ended_ms INTEGER,             -- when every object had its answer
    words TEXT NOT NULL DEFAULT '',
    -- Counts of its objects, kept by every change of them.
    waiting INTEGER NOT NULL DEFAULT 0,
    sent INTEGER NOT NULL DEFAULT 0,
    warning INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    owed INTEGER NOT NULL DEFAULT 0,        -- with the peer, its word about commitment is awaited
    uncommitted INTEGER NOT NULL DEFAULT 0  -- with the peer, which does not answer for them
) STRICT;
CREATE INDEX send_job_open ON send_job (priority, id) WHERE ended_ms IS NULL;

CREATE TABLE send_object (
    job INTEGER NOT NULL REFERENCES send_job (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sop_class_uid TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',  -- waiting, sent, warning, failed
    interruptions INTEGER NOT NULL DEFAULT 0,  -- how often an association ended while it was sent
    status INTEGER,
    words TEXT NOT NULL DEFAULT '',
    committed INTEGER,  -- NULL: not asked or not answered
    PRIMARY KEY (job, position)
) STRICT, WITHOUT ROWID;
