-- Adds the labels that are about to change to the history.
INSERT INTO ledger.label_changes
SELECT $classified_at, given.repository, known.label, given.label, given.reason, coalesce(given.evidence, '')
FROM (
    SELECT
        unnest($repository) AS repository,
        unnest($label) AS label,
        unnest($reason) AS reason,
        unnest($evidence) AS evidence
) AS given
LEFT JOIN ledger.labels AS known ON known.repository = given.repository
WHERE known.repository IS NULL OR known.label <> given.label OR known.reason <> given.reason;
