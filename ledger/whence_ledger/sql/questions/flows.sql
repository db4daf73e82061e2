-- Prompts that read in a Managed repository and edited an Unmanaged one, by user and pair of repositories. They show that
-- both were worked on in one prompt, not that anything was copied. A prompt that read in two repositories is in the rows of
-- both, each with its total cost: its requests' share of the session's cost. Rows whose target shares history with one of
-- the organization's repositories come first.
-- Filters: user, team and repository (either of the two).
WITH suspects AS (
    SELECT session_id
    FROM touches
    WHERE
        time >= $begin
        AND time < $end
        AND prompt_id <> ''
        AND edits > 0
        AND repository IN (SELECT repository FROM labels WHERE label = 'Unmanaged')
),
worked AS (
    SELECT
        session_id,
        prompt_id,
        repository,
        min(time) AS time,
        sum(reads) AS reads,
        sum(edits) AS edits,
        sum(lines_added) AS lines_added
    FROM touches
    WHERE
        time >= $begin
        AND time < $end
        AND prompt_id <> ''
        AND reads + edits > 0
        AND session_id IN (SELECT session_id FROM suspects)
    GROUP BY session_id, prompt_id, repository
),
there AS (
    SELECT
        worked.session_id AS session_id,
        worked.prompt_id AS prompt_id,
        worked.repository AS repository,
        labels.label AS label,
        labels.reason AS reason,
        labels.evidence AS evidence,
        repositories.display AS display,
        worked.time AS time,
        worked.reads AS reads,
        worked.edits AS edits,
        worked.lines_added AS lines_added
    FROM worked
    INNER JOIN labels ON labels.repository = worked.repository
    INNER JOIN repositories ON repositories.repository = worked.repository
),
edited AS (
    SELECT session_id, prompt_id, repository, reason, evidence, display, time, edits, lines_added
    FROM there
    WHERE label = 'Unmanaged' AND edits > 0
),
crossed AS (
    SELECT
        edited.session_id AS session_id,
        edited.prompt_id AS prompt_id,
        source.display AS source,
        source.repository AS source_repository,
        edited.display AS target,
        edited.repository AS target_repository,
        edited.reason AS reason,
        edited.evidence AS evidence,
        edited.time AS time,
        source.reads AS reads,
        edited.edits AS edits,
        edited.lines_added AS lines_added
    FROM edited
    INNER JOIN there AS source ON source.session_id = edited.session_id AND source.prompt_id = edited.prompt_id
    WHERE source.label = 'Managed' AND source.reads > 0
),
whole AS (
    SELECT session_id, CAST(sum(cost_usd) AS DOUBLE) AS cost_usd
    FROM attributed
    WHERE session_id IN (SELECT session_id FROM crossed) AND contains(split, $split)
    GROUP BY session_id
),
weighed AS (
    SELECT session_id, prompt_id, CAST(sum(cost_nano) AS DOUBLE) AS weight
    FROM requests
    WHERE session_id IN (SELECT session_id FROM crossed)
    GROUP BY session_id, prompt_id
),
costs AS (
    SELECT
        weighed.session_id AS session_id,
        weighed.prompt_id AS prompt_id,
        whole.cost_usd * weighed.weight / nullif(sum(weighed.weight) OVER (PARTITION BY weighed.session_id), 0) AS cost_usd
    FROM weighed
    INNER JOIN whole ON whole.session_id = weighed.session_id
)
SELECT
    nullif(sessions.user, '') AS user,
    crossed.source AS "from",
    crossed.target AS "to",
    crossed.reason,
    nullif(crossed.evidence, '') AS evidence,
    crossed.reason = 'shares-history-with' AS shares_history,
    count(DISTINCT crossed.prompt_id) AS prompts,
    count(DISTINCT crossed.session_id) AS sessions,
    sum(crossed.reads) AS reads,
    sum(crossed.edits) AS edits,
    sum(crossed.lines_added) AS lines_added,
    sum(costs.cost_usd) AS cost_usd,
    min(crossed.time) AS first_seen,
    max(crossed.time) AS last_seen
FROM crossed
INNER JOIN sessions ON sessions.session_id = crossed.session_id
LEFT JOIN costs ON costs.session_id = crossed.session_id AND costs.prompt_id = crossed.prompt_id
WHERE
    true
    AND list_contains($users, sessions.user)
    AND list_contains($teams, sessions.team)
    AND (
        list_contains($repositories, crossed.source)
        OR list_contains($repositories, crossed.target)
        OR list_contains($repositories, crossed.source_repository)
        OR list_contains($repositories, crossed.target_repository)
    )
GROUP BY sessions.user, crossed.source, crossed.target, crossed.reason, crossed.evidence
ORDER BY
    CASE WHEN crossed.reason = 'shares-history-with' THEN 0 ELSE 1 END,
    count(DISTINCT crossed.prompt_id) DESC,
    sum(crossed.lines_added) DESC,
    sessions.user,
    crossed.source,
    crossed.target
LIMIT $limit OFFSET $skip;
