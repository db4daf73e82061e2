-- Replaces what was known of these repositories.
INSERT OR REPLACE INTO ledger.labels (repository, label, reason, evidence, classified_at)
SELECT unnest($repository), unnest($label), unnest($reason), coalesce(unnest($evidence), ''), $classified_at;
