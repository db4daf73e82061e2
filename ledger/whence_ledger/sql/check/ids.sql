-- No id is stored twice.
SELECT 'points: ' || CAST(id AS VARCHAR) FROM ledger.points GROUP BY time, id HAVING count(*) > 1
UNION ALL
SELECT 'events: ' || CAST(id AS VARCHAR) FROM ledger.events GROUP BY time, id HAVING count(*) > 1
UNION ALL
SELECT 'touches: ' || id FROM ledger.touches GROUP BY time, id HAVING count(*) > 1
UNION ALL
SELECT 'repositories: ' || repository FROM ledger.repositories GROUP BY repository HAVING count(*) > 1
UNION ALL
SELECT 'sessions: ' || session_id
FROM (SELECT session_id FROM ledger.closed_sessions UNION ALL SELECT session_id FROM ledger.open_sessions)
GROUP BY session_id
HAVING count(*) > 1
UNION ALL
SELECT 'shares: ' || session_id FROM ledger.closed_shares GROUP BY session_id, split, repository HAVING count(*) > 1
UNION ALL
SELECT 'branches: ' || session_id FROM ledger.closed_branches GROUP BY session_id, repository, branch HAVING count(*) > 1
UNION ALL
SELECT 'rolled: ' || CAST(count(*) AS VARCHAR) || ' rows' FROM ledger.rolled HAVING count(*) <> 1;
