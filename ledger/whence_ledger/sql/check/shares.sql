-- The shares of each session sum to one, by each rule. 'both' stands for the two rules.
SELECT session_id || ' (' || split || '): ' || CAST(sum(share) AS VARCHAR)
FROM ledger.closed_shares
GROUP BY session_id, split
HAVING abs(sum(share) - 1) > 0.000001 OR min(share) < 0
ORDER BY ALL;
