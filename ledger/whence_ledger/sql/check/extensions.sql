-- The pieces of each session, repository and model that the extensions own are contiguous, so that they add up to it.
WITH every AS (
    SELECT * FROM ledger.closed_extensions
    UNION ALL
    SELECT * FROM live.extensions
)
SELECT session_id || ': ' || repository || ' ' || model AS wrong
FROM every
GROUP BY session_id, repository, model
HAVING
    min(low) <> 0
    OR min(total) <= 0
    OR min(total) <> max(total)
    OR max(high) <> max(total)
    OR sum(high - low) <> max(total)
    OR min(high - low) < 0
ORDER BY ALL;
