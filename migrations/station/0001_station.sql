-- station/0001: what no object file can tell: settings, peers, access, links, tombstones, what people did (architecture 4.1).
CREATE TABLE setting (
    key TEXT PRIMARY KEY,  -- as in cli.md, `station.ae-title`
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE peer (
    name TEXT PRIMARY KEY,
    ae_title TEXT NOT NULL,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    roles TEXT NOT NULL  -- separated by commas
) STRICT, WITHOUT ROWID;

CREATE TABLE access (
    ae_title TEXT NOT NULL,
    host TEXT NOT NULL,  -- empty: any host
    PRIMARY KEY (ae_title, host)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    id INTEGER PRIMARY KEY,
    at_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;

-- Object files to unlink, whatever the index says.
CREATE TABLE tombstone (
    folder INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (folder, file)
) STRICT, WITHOUT ROWID;

-- Files of other people that the index refers to (`import --link`).
CREATE TABLE linked_file (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    path TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    modified_ns INTEGER NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE study_state (
    study_instance_uid TEXT PRIMARY KEY,
    pinned INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
