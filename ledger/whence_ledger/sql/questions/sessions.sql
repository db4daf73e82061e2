-- Sessions with what they cost in the range of time, newest first. A session's label is that of its largest share;
-- a tie goes to Unmanaged, then to Unknown.
WITH used AS (
    SELECT
        session_id,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM chosen($from, $to, $users, $models, $repositories, [], $teams, $split)
    GROUP BY session_id
),
ranked AS (
    SELECT
        shares.session_id,
        shares.repository,
        labels.label,
        row_number() OVER (
            PARTITION BY shares.session_id
            ORDER BY
                shares.share DESC,
                CASE labels.label WHEN 'Unmanaged' THEN 0 WHEN 'Unknown' THEN 1 ELSE 2 END,
                shares.repository
        ) AS place
    FROM shares
    INNER JOIN used ON used.session_id = shares.session_id
    LEFT JOIN labels ON labels.repository = shares.repository
    WHERE shares.split IN ('both', $split)
)
SELECT
    sessions.session_id AS session,
    nullif(sessions.user, '') AS user,
    nullif(sessions.team, '') AS team,
    sessions.started,
    sessions.ended,
    repositories.display AS repository,
    ranked.label,
    used.cost_usd,
    used.tokens,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests
FROM used
INNER JOIN sessions ON sessions.session_id = used.session_id
INNER JOIN ranked ON ranked.session_id = used.session_id AND ranked.place = 1
LEFT JOIN repositories ON repositories.repository = ranked.repository
WHERE len($labels) = 0 OR list_contains($labels, ranked.label)
ORDER BY sessions.started DESC, sessions.session_id
LIMIT $limit;
