-- station/0004: print jobs outlive the program, and no page is printed twice: how far each page is, noted before its print command.
CREATE TABLE print_job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    created_ms INTEGER NOT NULL,
    printer TEXT NOT NULL,  -- name of a peer
    film TEXT NOT NULL,     -- the order: pages, cells, options, as JSON
    held INTEGER NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE print_page (
    job INTEGER NOT NULL REFERENCES print_job(id) ON DELETE CASCADE,
    page INTEGER NOT NULL,  -- from 1
    state TEXT NOT NULL,    -- not sent, sending, printed, failed, uncertain
    step TEXT,
    status INTEGER,
    words TEXT NOT NULL DEFAULT '',
    changed_ms INTEGER NOT NULL,
    PRIMARY KEY (job, page)
) STRICT, WITHOUT ROWID;

-- What a peer with the role print can do, as JSON.
CREATE TABLE printer_profile (
    name TEXT PRIMARY KEY,
    profile TEXT NOT NULL
) STRICT, WITHOUT ROWID;
