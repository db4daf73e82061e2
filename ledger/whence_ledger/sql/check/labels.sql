-- Each label, with its reason, is in the history of its repository's labels.
SELECT labels.repository
FROM ledger.labels
ANTI JOIN ledger.label_changes AS given
    ON given.repository = labels.repository AND given.to_label = labels.label AND given.reason = labels.reason
ORDER BY ALL;
