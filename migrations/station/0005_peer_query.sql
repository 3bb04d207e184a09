-- station/0005: how a peer writes text when it does not say, and how we retrieve from it (C-MOVE unless it does not know us).
ALTER TABLE peer ADD COLUMN character_set TEXT NOT NULL DEFAULT 'ISO_IR 100';
ALTER TABLE peer ADD COLUMN retrieve_by_get INTEGER NOT NULL DEFAULT 0;
