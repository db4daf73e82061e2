-- What the repositories of a closed session used sums to what the session used, exactly, by each rule.
WITH whole AS (
    SELECT
        session_id,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added + lines_removed) AS lines,
        sum(commits + pull_requests) AS results,
        sum(active_time_user + active_time_cli) AS active,
        sum(edits_accepted + edits_rejected) AS edits
    FROM ledger.usage
    WHERE session_id IN (SELECT session_id FROM ledger.closed_sessions)
    GROUP BY session_id
),
divided AS (
    SELECT
        closed.session_id,
        rules.rule,
        sum(closed.cost_usd) AS cost_usd,
        sum(closed.input_tokens + closed.output_tokens + closed.cache_read_tokens + closed.cache_creation_tokens) AS tokens,
        sum(closed.lines_added + closed.lines_removed) AS lines,
        sum(closed.commits + closed.pull_requests) AS results,
        sum(closed.active_time_user + closed.active_time_cli) AS active,
        sum(closed.edits_accepted + closed.edits_rejected) AS edits
    FROM ledger.closed_usage AS closed
    INNER JOIN (SELECT 'session' AS rule UNION ALL SELECT 'prompt' AS rule UNION ALL SELECT 'request' AS rule) AS rules
        ON contains(closed.split, rules.rule)
    GROUP BY closed.session_id, rules.rule
),
expected AS (
    SELECT whole.*, rules.rule
    FROM whole
    CROSS JOIN (SELECT 'session' AS rule UNION ALL SELECT 'prompt' AS rule UNION ALL SELECT 'request' AS rule) AS rules
)
SELECT coalesce(expected.session_id, divided.session_id) || ' (' || coalesce(expected.rule, divided.rule) || ')'
FROM expected
FULL JOIN divided ON divided.session_id = expected.session_id AND divided.rule = expected.rule
WHERE
    expected.cost_usd IS DISTINCT FROM divided.cost_usd
    OR expected.tokens IS DISTINCT FROM divided.tokens
    OR expected.lines IS DISTINCT FROM divided.lines
    OR expected.results IS DISTINCT FROM divided.results
    OR expected.active IS DISTINCT FROM divided.active
    OR expected.edits IS DISTINCT FROM divided.edits
ORDER BY ALL;
