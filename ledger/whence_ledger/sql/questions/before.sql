-- Whether the ledger has all of the previous period. If that began before the ledger did, the missing data would look like a
-- rise.
SELECT coalesce($previous_begin < $begin AND $previous_begin >= date_trunc('day', min(started)), FALSE) AS is_whole
FROM sessions;
