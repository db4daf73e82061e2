-- Sessions with what they cost in the range of time, newest first.
WITH used AS (
    SELECT
        session_id,
        coalesce(sum(value) FILTER (measure = 'cost'), 0) AS cost_usd,
        coalesce(sum(value) FILTER (measure = 'tokens'), 0) AS tokens
    FROM chosen($from, $to, $users, $models, $repositories, NULL, $teams)
    GROUP BY session_id
)
SELECT
    sessions.session_id AS session,
    sessions.user,
    sessions.team,
    sessions.started,
    sessions.ended,
    repositories.display AS repository,
    sessions.label,
    used.cost_usd,
    used.tokens
FROM sessions
INNER JOIN used USING (session_id)
LEFT JOIN repositories ON repositories.repository = sessions.repository
WHERE $labels IS NULL OR list_contains($labels, sessions.label)
ORDER BY sessions.started DESC, session;
