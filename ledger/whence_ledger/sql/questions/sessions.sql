-- Sessions with their cost in the range, newest first. A session has the label of its largest share;
-- a tie goes to Unmanaged, then to Unknown.
WITH there AS (
    SELECT DISTINCT session_id
    FROM chosen_sessions_of_any_label
),
candidates AS (
    SELECT session_id, user, team, started, ended
    FROM sessions
    WHERE session_id IN (SELECT session_id FROM there)
    ORDER BY started DESC, session_id
    LIMIT CASE WHEN len($labels) = 0 THEN CAST($limit AS BIGINT) + $skip ELSE 1000000000 END
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
    LEFT JOIN labels ON labels.repository = shares.repository
    WHERE contains(shares.split, $split) AND shares.session_id IN (SELECT session_id FROM candidates)
),
newest AS (
    SELECT
        candidates.session_id,
        candidates.user,
        candidates.team,
        candidates.started,
        candidates.ended,
        ranked.repository,
        ranked.label
    FROM candidates
    INNER JOIN ranked ON ranked.session_id = candidates.session_id AND ranked.place = 1
    WHERE
        true
        AND list_contains($labels, ranked.label)
    ORDER BY candidates.started DESC, candidates.session_id
    LIMIT $limit OFFSET $skip
),
used AS (
    SELECT
        session_id,
        sum(cost_usd) AS cost_usd,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM chosen_attributed_of_sessions
    WHERE session_id IN (SELECT session_id FROM newest)
    GROUP BY session_id
)
SELECT
    newest.session_id AS session,
    nullif(newest.user, '') AS user,
    nullif(newest.team, '') AS team,
    newest.started,
    newest.ended,
    repositories.display AS repository,
    newest.label,
    used.cost_usd,
    used.tokens,
    used.lines_added,
    used.lines_removed,
    used.commits,
    used.pull_requests
FROM newest
INNER JOIN used ON used.session_id = newest.session_id
LEFT JOIN repositories ON repositories.repository = newest.repository
ORDER BY newest.started DESC, newest.session_id;
