-- Users with at least $prompts prompts in the last 24 hours that read in a Managed repository and edited an Unmanaged one,
-- and added at least $lines lines there, or $shared_lines if it shares history with one of the organization's repositories.
-- Forks and mirrors of other people's work and settled cases are left out. It shows that one prompt worked on both, not that
-- anything was copied. value: lines.
WITH there AS (
    SELECT
        touches.session_id,
        touches.prompt_id,
        touches.repository,
        labels.label,
        labels.reason,
        repositories.display,
        sum(touches.reads) AS reads,
        sum(touches.edits) AS edits,
        sum(touches.lines_added) AS lines_added
    FROM touches
    INNER JOIN labels ON labels.repository = touches.repository
    INNER JOIN repositories ON repositories.repository = touches.repository
    WHERE
        touches.time > $now - INTERVAL 1 DAY
        AND touches.time <= $now
        AND touches.prompt_id <> ''
        AND touches.reads + touches.edits > 0
    GROUP BY
        touches.session_id, touches.prompt_id, touches.repository, labels.label, labels.reason, repositories.display
),
crossed AS (
    SELECT
        edited.session_id AS session_id,
        edited.prompt_id AS prompt_id,
        edited.repository AS repository,
        edited.display AS target,
        edited.reason AS reason,
        source.display AS source,
        edited.lines_added AS lines_added
    FROM there AS edited
    INNER JOIN there AS source ON source.session_id = edited.session_id AND source.prompt_id = edited.prompt_id
    WHERE
        edited.label = 'Unmanaged'
        AND edited.edits > 0
        AND edited.reason NOT IN ('fork-of', 'mirror-of')
        AND source.label = 'Managed'
        AND source.reads > 0
)
SELECT
    sessions.user || ': ' || crossed.source || ' to ' || crossed.target AS subject,
    sum(crossed.lines_added) AS value,
    sessions.user AS user,
    crossed.source AS source,
    crossed.target AS target,
    count(DISTINCT crossed.prompt_id) AS prompts_found,
    CASE WHEN crossed.reason = 'shares-history-with' THEN ', which shares history with the organization' ELSE '' END AS history
FROM crossed
INNER JOIN sessions ON sessions.session_id = crossed.session_id
LEFT JOIN cases ON cases.user = sessions.user AND cases.repository = crossed.repository
WHERE NOT coalesce(cases.is_settled, false)
GROUP BY sessions.user, crossed.source, crossed.target, crossed.reason
HAVING
    count(DISTINCT crossed.prompt_id) >= $prompts
    AND sum(crossed.lines_added) >= CASE WHEN crossed.reason = 'shares-history-with' THEN $shared_lines ELSE $lines END;
