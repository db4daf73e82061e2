-- Each row that names a session names an open or closed one; each stored division names a closed one; each row that names
-- a repository names one that has been seen.
WITH closed AS (
    SELECT session_id FROM ledger.closed_sessions
),
known AS (
    SELECT session_id FROM closed
    UNION ALL
    SELECT session_id FROM ledger.open_sessions
),
seen AS (
    SELECT repository FROM ledger.repositories
    UNION ALL
    SELECT ''
)
SELECT DISTINCT 'usage: ' || session_id AS missing FROM ledger.usage ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'requests: ' || session_id FROM ledger.requests ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'calls: ' || session_id FROM ledger.calls ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'commands: ' || session_id FROM ledger.commands ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'tool_uses: ' || session_id FROM ledger.tool_uses ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'starts: ' || session_id FROM ledger.starts ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'touches: ' || session_id FROM ledger.touches ANTI JOIN known USING (session_id)
UNION ALL
SELECT DISTINCT 'closed_shares: ' || session_id FROM ledger.closed_shares ANTI JOIN closed USING (session_id)
UNION ALL
SELECT DISTINCT 'closed_branches: ' || session_id FROM ledger.closed_branches ANTI JOIN closed USING (session_id)
UNION ALL
SELECT DISTINCT 'closed_extensions: ' || session_id FROM ledger.closed_extensions ANTI JOIN closed USING (session_id)
UNION ALL
SELECT DISTINCT 'closed_usage: ' || session_id FROM ledger.closed_usage ANTI JOIN closed USING (session_id)
UNION ALL
SELECT DISTINCT 'closed_tool_uses: ' || session_id FROM ledger.closed_tool_uses ANTI JOIN closed USING (session_id)
UNION ALL
SELECT DISTINCT 'touches: ' || repository FROM ledger.touches ANTI JOIN seen USING (repository)
UNION ALL
SELECT DISTINCT 'closed_shares: ' || repository FROM ledger.closed_shares ANTI JOIN seen USING (repository)
UNION ALL
SELECT DISTINCT 'closed_branches: ' || repository FROM ledger.closed_branches ANTI JOIN seen USING (repository)
UNION ALL
SELECT DISTINCT 'closed_extensions: ' || repository FROM ledger.closed_extensions ANTI JOIN seen USING (repository)
UNION ALL
SELECT DISTINCT 'closed_usage: ' || repository FROM ledger.closed_usage ANTI JOIN seen USING (repository)
UNION ALL
SELECT DISTINCT 'closed_tool_uses: ' || repository FROM ledger.closed_tool_uses ANTI JOIN seen USING (repository)
ORDER BY ALL;
