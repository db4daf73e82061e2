-- The machine of each session, and why its cost is not attributed by request. gap: the first of these that applies, or ''.
--   no-session-id    Claude Code sends no session id
--   no-metrics       the hook or events reported the session, but none of its metrics arrived
--   hooks-off        no span; the session reported that it registered no hook
--   client-too-old   no span; Claude Code names no repository, and is older than the first version that does
--   hook-missing     no span
--   no-events        spans and metrics, but no event of an API request
--   hook-too-old     the spans name no tool calls, so requests cannot be matched with calls
CREATE OR REPLACE VIEW session_coverage AS
WITH signs AS (
    SELECT
        session_id,
        user_id AS machine,
        client_version,
        is_too_old,
        1 AS is_metric,
        0 AS is_span,
        0 AS is_touch,
        0 AS is_named,
        0 AS is_request,
        NULL AS hooks,
        0 AS is_told
    FROM input.usage
    UNION ALL
    SELECT session_id, user_id, '', 0, 0, 1, CASE WHEN touches > 0 THEN 1 ELSE 0 END, 0, 0, NULL, 0 FROM input.touches
    UNION ALL
    SELECT session_id, '', '', 0, 0, 0, 0, 1, 0, NULL, 0 FROM input.touched_calls
    UNION ALL
    SELECT session_id, '', '', 0, 0, 0, 0, 0, 1, NULL, 0 FROM input.requests
    UNION ALL
    SELECT session_id, '', '', 0, 0, 0, 0, 0, 0, hooks, 0 FROM input.starts
    UNION ALL
    SELECT session_id, '', '', 0, 0, 0, 0, 0, 0, NULL, 1 FROM input.told
),
known AS (
    SELECT
        session_id,
        max(machine) AS machine,
        max(client_version) AS client_version,
        max(is_too_old) AS is_too_old,
        max(is_metric) AS has_metrics,
        max(is_span) AS has_spans,
        max(is_touch) AS has_touches,
        max(is_named) AS has_named,
        max(is_request) AS has_requests,
        max(hooks) AS hooks,
        max(is_told) AS is_told
    FROM signs
    GROUP BY session_id
)
SELECT
    session_id,
    machine,
    client_version,
    CASE
        WHEN session_id LIKE 'no-session:%' THEN 'no-session-id'
        WHEN has_metrics = 0 THEN 'no-metrics'
        WHEN has_spans = 0 AND hooks = 0 THEN 'hooks-off'
        WHEN has_spans = 0 AND is_told = 0 AND is_too_old = 1 THEN 'client-too-old'
        WHEN has_spans = 0 THEN 'hook-missing'
        WHEN has_requests = 0 THEN 'no-events'
        WHEN has_touches = 1 AND has_named = 0 THEN 'hook-too-old'
        ELSE ''
    END AS gap
FROM known;
