-- Users with half of their data in the last 24 hours: usage of at least $sessions sessions and $usd but no touches, or
-- touches of at least $sessions sessions but no usage. value: dollars, or 0.
WITH used AS (
    SELECT user, sum(cost_usd) AS cost_usd, count(DISTINCT session_id) AS sessions
    FROM attributed
    WHERE contains(split, 'request') AND time > $now - INTERVAL 1 DAY AND time <= $now
    GROUP BY user
),
touched AS (
    SELECT sessions.user, count(DISTINCT touches.session_id) AS sessions
    FROM touches
    INNER JOIN sessions ON sessions.session_id = touches.session_id
    WHERE touches.time > $now - INTERVAL 1 DAY AND touches.time <= $now
    GROUP BY sessions.user
)
SELECT
    coalesce(used.user, touched.user) AS subject,
    coalesce(used.cost_usd, 0) AS value,
    coalesce(used.user, touched.user) AS user
FROM used
FULL OUTER JOIN touched ON touched.user = used.user
WHERE
    coalesce(used.user, touched.user) <> ''
    AND (
        (touched.user IS NULL AND used.cost_usd >= $usd AND used.sessions >= $sessions)
        OR (coalesce(used.cost_usd, 0) = 0 AND touched.sessions >= $sessions)
    );
