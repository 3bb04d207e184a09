-- station/0002: what people decided about objects in quarantine (F2); an index made anew follows it.

-- Newcomers that stay aside and are asked about no more. Exactly one of file and link says which.
CREATE TABLE kept_first (
    folder INTEGER,
    file INTEGER,
    link INTEGER
) STRICT;
CREATE UNIQUE INDEX kept_first_by_file ON kept_first (folder, file) WHERE folder IS NOT NULL;
CREATE UNIQUE INDEX kept_first_by_link ON kept_first (link) WHERE link IS NOT NULL;

-- Objects that claim this study but show this patient are a study of their own.
CREATE TABLE own_study (
    study_instance_uid TEXT NOT NULL,  -- as the objects claim
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    patient_birth_date TEXT NOT NULL,
    PRIMARY KEY (study_instance_uid, patient_name, patient_id, patient_birth_date)
) STRICT, WITHOUT ROWID;
