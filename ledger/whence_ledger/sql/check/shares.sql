-- By each rule, the shares of each session sum to one.
WITH summed AS (
    SELECT session_id, rule, sum(share) AS whole, min(share) AS least
    FROM checked.shares
    GROUP BY session_id, rule
),
expected AS (
    SELECT session_id, rule
    FROM checked.sessions
    CROSS JOIN checked.rules
)
SELECT session_id || ' (' || rule || '): ' || CAST(coalesce(whole, 0) AS VARCHAR)
FROM expected
FULL JOIN summed USING (session_id, rule)
WHERE whole IS NULL OR abs(whole - 1) > 0.000001 OR least < 0
ORDER BY ALL;
