-- Whether the ledger has any data in the range.
SELECT count(*) AS found
FROM (
    SELECT 1
    FROM chosen_sessions
    LIMIT 1
) AS first;
