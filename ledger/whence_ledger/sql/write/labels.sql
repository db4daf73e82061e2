-- Replaces the labels of these repositories.
INSERT OR REPLACE INTO ledger.labels (repository, label, reason, evidence, scope, left_on, classified_at)
SELECT
    unnest($repository),
    unnest($label),
    unnest($reason),
    coalesce(unnest($evidence), ''),
    unnest($scope),
    unnest(CAST($left_on AS DATE[])),
    $classified_at;
