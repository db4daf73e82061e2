-- By each rule, each amount of a session equals the sum over its repositories exactly.
WITH compared AS (
    SELECT session_id, rule, COLUMNS('^cost_usd|_tokens$|^lines_|^commits$|^pull_requests$|^active_|^edits_')
    FROM ledger.usage
    CROSS JOIN checked.rules
    UNION ALL
    SELECT session_id, rule, -COLUMNS('^cost_usd|_tokens$|^lines_|^commits$|^pull_requests$|^active_|^edits_')
    FROM checked.usage
),
differences AS (
    SELECT session_id, rule, abs(sum(COLUMNS(* EXCLUDE (session_id, rule))))
    FROM compared
    GROUP BY session_id, rule
)
SELECT session_id || ' (' || rule || ')'
FROM differences
WHERE greatest(*COLUMNS(* EXCLUDE (session_id, rule))) <> 0
ORDER BY ALL;
