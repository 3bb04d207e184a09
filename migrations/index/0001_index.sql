-- index/0001: patients, studies, series and instances for Tables 11 to 17 and the study list; derived from the object files.

-- Folders whose objects all have their rows here, durably: never read at start (architecture 4.1, checkpoint mark).
CREATE TABLE settled_folder (
    folder INTEGER PRIMARY KEY
) STRICT;

-- Files whose rows were taken out by a deletion that has no tombstone yet.
CREATE TABLE condemned (
    folder INTEGER NOT NULL,
    file INTEGER NOT NULL,
    PRIMARY KEY (folder, file)
) STRICT, WITHOUT ROWID;

CREATE TABLE study (
    id INTEGER PRIMARY KEY,
    study_instance_uid TEXT NOT NULL UNIQUE,
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    patient_birth_date TEXT NOT NULL,
    patient_sex TEXT NOT NULL,
    study_date TEXT NOT NULL,
    study_time TEXT NOT NULL,
    study_id TEXT NOT NULL,
    accession_number TEXT NOT NULL,
    study_description TEXT NOT NULL,
    referring_physician_name TEXT NOT NULL,
    -- folded: no case, no accents (for search, order and person name matching)
    patient_name_folded TEXT NOT NULL,
    referring_physician_name_folded TEXT NOT NULL,
    study_description_folded TEXT NOT NULL,
    search_text TEXT NOT NULL,
    -- aggregates kept by the writer
    modalities TEXT NOT NULL DEFAULT '',  -- sorted, each as \CT\ so that one can be looked for
    series_count INTEGER NOT NULL DEFAULT 0,
    instance_count INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    source_ae TEXT NOT NULL DEFAULT '',
    received_ms INTEGER NOT NULL DEFAULT 0,
    conflict_count INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL DEFAULT 0,
    pinned INTEGER NOT NULL DEFAULT 0
) STRICT;
-- One per order of the list; the UID breaks ties.
CREATE INDEX study_by_date ON study (study_date, study_time, study_instance_uid);
CREATE INDEX study_by_received ON study (received_ms, study_instance_uid);
CREATE INDEX study_by_patient_name ON study (patient_name_folded, study_instance_uid);
CREATE INDEX study_by_patient_id ON study (patient_id, study_instance_uid);
CREATE INDEX study_by_birth_date ON study (patient_birth_date, study_instance_uid);
CREATE INDEX study_by_modalities ON study (modalities, study_instance_uid);
CREATE INDEX study_by_description ON study (study_description_folded, study_instance_uid);
CREATE INDEX study_by_accession_number ON study (accession_number, study_instance_uid);
CREATE INDEX study_by_study_id ON study (study_id, study_instance_uid);
CREATE INDEX study_by_referring_physician ON study (referring_physician_name_folded, study_instance_uid);
CREATE INDEX study_by_series_count ON study (series_count, study_instance_uid);
CREATE INDEX study_by_instance_count ON study (instance_count, study_instance_uid);
CREATE INDEX study_by_bytes ON study (bytes, study_instance_uid);
CREATE INDEX study_by_source_ae ON study (source_ae, study_instance_uid);
CREATE INDEX study_with_conflicts ON study (study_date, study_time) WHERE conflict_count > 0;

CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    study INTEGER NOT NULL REFERENCES study (id) ON DELETE CASCADE,
    series_instance_uid TEXT NOT NULL,
    modality TEXT NOT NULL,
    series_number INTEGER,
    series_description TEXT NOT NULL,
    body_part_examined TEXT NOT NULL,
    performed_procedure_step_start_date TEXT NOT NULL,
    performed_procedure_step_start_time TEXT NOT NULL,
    instance_count INTEGER NOT NULL DEFAULT 0,
    lossy INTEGER NOT NULL DEFAULT 0,
    UNIQUE (study, series_instance_uid)
) STRICT;
CREATE INDEX series_by_uid ON series (series_instance_uid);

-- Request Attributes Sequence (0040,0275), Table 13.
CREATE TABLE series_request (
    series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    requested_procedure_id TEXT NOT NULL,
    scheduled_procedure_step_id TEXT NOT NULL,
    PRIMARY KEY (series, requested_procedure_id, scheduled_procedure_step_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE instance (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    sop_instance_uid TEXT NOT NULL UNIQUE,
    sop_class_uid TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL,
    instance_number INTEGER,
    frames INTEGER NOT NULL,
    "rows" INTEGER NOT NULL,
    "columns" INTEGER NOT NULL,
    -- where it lies: an object file of ours, or a linked file
    folder INTEGER,
    file INTEGER,
    link INTEGER,
    link_path TEXT,
    link_modified_ns INTEGER,
    bytes INTEGER NOT NULL,
    digest BLOB,  -- BLAKE3 of the data set; NULL for a linked file not read yet
    source_ae TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    -- Tables 15 to 17
    completion_flag TEXT NOT NULL,
    verification_flag TEXT NOT NULL,
    concept_code_value TEXT NOT NULL,
    concept_coding_scheme TEXT NOT NULL,
    concept_meaning TEXT NOT NULL,
    content_label TEXT NOT NULL,
    content_description TEXT NOT NULL,
    presentation_creation_date TEXT NOT NULL,
    presentation_creation_time TEXT NOT NULL,
    content_creator_name TEXT NOT NULL,
    content_creator_name_folded TEXT NOT NULL
) STRICT;
CREATE INDEX instance_by_series ON instance (series, instance_number, sop_instance_uid);
CREATE UNIQUE INDEX instance_by_file ON instance (folder, file) WHERE folder IS NOT NULL;
CREATE UNIQUE INDEX instance_by_link ON instance (link) WHERE link IS NOT NULL;

-- Verifying Observer Sequence (0040,A073), Table 15.
CREATE TABLE verifying_observer (
    instance INTEGER NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    observer_name TEXT NOT NULL,
    observer_name_folded TEXT NOT NULL,
    verification_date_time TEXT NOT NULL,
    PRIMARY KEY (instance, position)
) STRICT, WITHOUT ROWID;

-- What presentation states, key objects and reports refer to (Table 17); the image may arrive later, so no foreign key.
CREATE TABLE reference (
    referenced_sop_instance_uid TEXT NOT NULL,
    instance INTEGER NOT NULL REFERENCES instance (id) ON DELETE CASCADE,
    referenced_sop_class_uid TEXT NOT NULL,
    series_instance_uid TEXT NOT NULL,
    PRIMARY KEY (referenced_sop_instance_uid, instance)
) STRICT, WITHOUT ROWID;
CREATE INDEX reference_by_instance ON reference (instance);

-- Quarantined objects: D000 (other bytes under a known UID) and F2 (the patient disagrees with the study).
CREATE TABLE conflict (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,  -- 1: other data under the UID, 2: another patient
    folder INTEGER,
    file INTEGER,
    link INTEGER,
    link_path TEXT,
    link_modified_ns INTEGER,
    bytes INTEGER NOT NULL,
    digest BLOB,
    sop_instance_uid TEXT NOT NULL,
    transfer_syntax_uid TEXT NOT NULL,
    study_instance_uid TEXT NOT NULL,  -- as it claims
    against_study_instance_uid TEXT NOT NULL,  -- whose object or patient it disagrees with
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    source_ae TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    reason TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX conflict_by_file ON conflict (folder, file) WHERE folder IS NOT NULL;
CREATE INDEX conflict_by_uid ON conflict (sop_instance_uid);
CREATE INDEX conflict_by_study ON conflict (study_instance_uid);
CREATE INDEX conflict_against_study ON conflict (against_study_instance_uid);
