-- The shares of each session sum to one, by each rule.
SELECT session_id || ' (' || rules.rule || '): ' || CAST(sum(share) AS VARCHAR)
FROM ledger.closed_shares
INNER JOIN (SELECT 'session' AS rule UNION ALL SELECT 'prompt' AS rule UNION ALL SELECT 'request' AS rule) AS rules
    ON contains(closed_shares.split, rules.rule)
GROUP BY session_id, rules.rule
HAVING abs(sum(share) - 1) > 0.000001 OR min(share) < 0
ORDER BY ALL;
