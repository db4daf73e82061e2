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
