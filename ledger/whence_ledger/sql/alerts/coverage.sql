-- Users whose data is missing, over the last 24 hours: at least $sessions sessions that the hook did not report, with
-- at least $usd and $share of the user's cost; or at least $sessions sessions that only the hook reported, and no usage.
-- value: the dollars of these sessions, or 0. because: what is known of them.
WITH spent AS (
    SELECT session_id, sum(cost_usd) AS cost_usd
    FROM attributed
    WHERE contains(split, 'request') AND time > $now - INTERVAL 1 DAY AND time <= $now
    GROUP BY session_id
),
found AS (
    SELECT sessions.user, sessions.session_id, sessions.gap, coalesce(spent.cost_usd, 0) AS cost_usd
    FROM sessions
    LEFT JOIN spent ON spent.session_id = sessions.session_id
    WHERE
        sessions.user <> ''
        AND (
            spent.session_id IS NOT NULL
            OR (sessions.gap = 'no-metrics' AND sessions.ended > $now - INTERVAL 1 DAY AND sessions.started <= $now)
        )
),
gaps AS (
    SELECT
        user,
        CASE gap
            WHEN 'no-session-id' THEN 'Claude Code sends no session ids'
            WHEN 'hooks-off' THEN 'Claude Code registered no hooks'
            WHEN 'no-metrics' THEN 'Claude Code''s metrics are missing'
            ELSE 'the hook reported nothing'
        END AS because,
        CASE WHEN gap = 'no-metrics' THEN 1 ELSE 0 END AS is_without_usage,
        count(*) AS sessions,
        sum(cost_usd) AS cost_usd
    FROM found
    WHERE gap IN ('no-session-id', 'hooks-off', 'client-too-old', 'hook-missing', 'no-metrics')
    GROUP BY ALL
),
by_user AS (
    SELECT user, is_without_usage, string_agg(because, ', ' ORDER BY cost_usd DESC, because) AS because,
        sum(sessions) AS sessions, sum(cost_usd) AS cost_usd
    FROM gaps
    GROUP BY user, is_without_usage
),
totals AS (
    SELECT user, sum(cost_usd) AS cost_usd FROM found GROUP BY user
)
SELECT
    by_user.user AS subject,
    by_user.cost_usd AS value,
    by_user.user,
    by_user.sessions AS missing,
    by_user.because
FROM by_user
INNER JOIN totals ON totals.user = by_user.user
WHERE
    by_user.sessions >= $sessions
    AND (
        (by_user.is_without_usage = 0 AND by_user.cost_usd >= $usd AND by_user.cost_usd >= $share * totals.cost_usd)
        OR (by_user.is_without_usage = 1 AND totals.cost_usd = 0)
    );
