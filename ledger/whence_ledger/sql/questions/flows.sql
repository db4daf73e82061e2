-- Prompts that read in a Managed repository and edited an Unmanaged one, by user and pair of repositories. It shows that
-- both were worked on in one prompt, not that anything was copied. A prompt that read in two is in the rows of both.
-- Users, teams and repositories (either of the two) are filtered.
WITH there AS (
    SELECT
        touches.session_id,
        touches.prompt_id,
        touches.repository,
        labels.label,
        labels.reason,
        labels.evidence,
        repositories.display,
        min(touches.time) AS time,
        sum(touches.reads) AS reads,
        sum(touches.edits) AS edits,
        sum(touches.lines_added) AS lines_added
    FROM touches
    INNER JOIN labels ON labels.repository = touches.repository
    INNER JOIN repositories ON repositories.repository = touches.repository
    WHERE touches.time >= $begin AND touches.time < $end AND touches.prompt_id <> '' AND touches.reads + touches.edits > 0
    GROUP BY
        touches.session_id,
        touches.prompt_id,
        touches.repository,
        labels.label,
        labels.reason,
        labels.evidence,
        repositories.display
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
)
SELECT
    nullif(sessions.user, '') AS user,
    crossed.source AS "from",
    crossed.target AS "to",
    crossed.reason,
    nullif(crossed.evidence, '') AS evidence,
    count(DISTINCT crossed.prompt_id) AS prompts,
    count(DISTINCT crossed.session_id) AS sessions,
    sum(crossed.reads) AS reads,
    sum(crossed.edits) AS edits,
    sum(crossed.lines_added) AS lines_added,
    min(crossed.time) AS first_seen,
    max(crossed.time) AS last_seen
FROM crossed
INNER JOIN sessions ON sessions.session_id = crossed.session_id
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
ORDER BY count(DISTINCT crossed.prompt_id) DESC, sum(crossed.lines_added) DESC, sessions.user, crossed.source, crossed.target
LIMIT $limit OFFSET $skip;
