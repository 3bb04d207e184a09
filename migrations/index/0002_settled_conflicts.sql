-- index/0002: conflicts about which a person decided to keep the first object: still aside, no longer asked about.
ALTER TABLE conflict ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
