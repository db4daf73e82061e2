-- History of the labels: one row for each change of a repository's label or its reason.
CREATE TABLE label_changes (
    changed_at TIMESTAMP NOT NULL,
    repository VARCHAR NOT NULL,
    from_label VARCHAR,
    to_label VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    evidence VARCHAR NOT NULL
);
INSERT INTO label_changes SELECT classified_at, repository, NULL, label, reason, evidence FROM labels;
