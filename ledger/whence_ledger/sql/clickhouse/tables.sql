-- What the classifier says. All else is in the tables of the Collector's exporter.
CREATE TABLE IF NOT EXISTS whence_labels (
    repository String,
    label LowCardinality(String),
    reason String,
    evidence String,
    classified_at DateTime64(6)
) ENGINE = ReplacingMergeTree(classified_at) ORDER BY repository;
CREATE TABLE IF NOT EXISTS whence_label_changes (
    changed_at DateTime64(6),
    repository String,
    from_label Nullable(String),
    to_label String,
    reason String,
    evidence String
) ENGINE = MergeTree ORDER BY changed_at;
CREATE TABLE IF NOT EXISTS whence_classifications (
    classified_at DateTime64(6),
    organizations Array(String)
) ENGINE = MergeTree ORDER BY classified_at;
-- is_kept: 0 once somebody has removed it.
CREATE TABLE IF NOT EXISTS whence_scopes (
    scope String,
    host String,
    organization String,
    organization_id Int64,
    classified_at DateTime64(6),
    is_kept UInt8
) ENGINE = ReplacingMergeTree(classified_at) ORDER BY scope;
-- Columns that came later.
ALTER TABLE whence_labels ADD COLUMN IF NOT EXISTS scope String DEFAULT '';
ALTER TABLE whence_labels ADD COLUMN IF NOT EXISTS left_on Nullable(Date32);
