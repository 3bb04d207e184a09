-- station/0003: storage commitment both ways, TLS, and what a peer needs for them (PS3.4 Annex J).

-- What others asked us to be answerable for; a row without `reported_ms` still owes its report.
CREATE TABLE commitment (
    id INTEGER PRIMARY KEY,
    transaction_uid TEXT NOT NULL,
    ae_title TEXT NOT NULL,  -- who asked, and gets the report
    host TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    examined_ms INTEGER,  -- when the files had been read
    reported_ms INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_ms INTEGER NOT NULL,
    last_problem TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX commitment_by_transaction ON commitment (transaction_uid, ae_title);
CREATE INDEX commitment_owed ON commitment (next_attempt_ms) WHERE reported_ms IS NULL;

CREATE TABLE commitment_item (
    commitment INTEGER NOT NULL REFERENCES commitment (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sop_class_uid TEXT NOT NULL,
    sop_instance_uid TEXT NOT NULL,
    failure INTEGER,  -- Failure Reason (0008,1197); NULL when it is safe, or not examined yet
    PRIMARY KEY (commitment, position)
) STRICT, WITHOUT ROWID;

-- What we asked others for. A transaction waits until `answered_ms`.
CREATE TABLE commitment_asked (
    transaction_uid TEXT PRIMARY KEY,
    ae_title TEXT NOT NULL,  -- whom
    asked_ms INTEGER NOT NULL,
    answered_ms INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE commitment_asked_item (
    transaction_uid TEXT NOT NULL REFERENCES commitment_asked (transaction_uid) ON DELETE CASCADE,
    sop_instance_uid TEXT NOT NULL,
    sop_class_uid TEXT NOT NULL,
    committed INTEGER,  -- NULL: not answered
    failure INTEGER,
    PRIMARY KEY (transaction_uid, sop_instance_uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX commitment_asked_by_instance ON commitment_asked_item (sop_instance_uid);

-- How a peer is called and told.
ALTER TABLE peer ADD COLUMN tls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE peer ADD COLUMN tls_ca TEXT NOT NULL DEFAULT '';  -- path; empty: as the settings say
ALTER TABLE peer ADD COLUMN reports_on_new INTEGER NOT NULL DEFAULT 0;  -- commitment reports never on the asking association
