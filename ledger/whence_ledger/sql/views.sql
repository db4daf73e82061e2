-- The views that every question is asked of. The rules: README, "How the numbers are made".

-- Cuts the piece (low, high] out of total equal pieces of a value. The pieces of one value add up to it exactly,
-- whatever total is, because each cut is rounded once and shared by its two neighbours. Resolution: 1e-9.
CREATE OR REPLACE MACRO nano(value) AS CAST(CAST(value AS DECIMAL(38, 9)) * 1000000000 AS HUGEINT);
CREATE OR REPLACE MACRO piece(value, low, high, total) AS
    CAST(nano(value) * high // total - nano(value) * low // total AS DECIMAL(29, 0))
    * CAST(0.000000001 AS DECIMAL(9, 9));

-- One row for each data point that counts towards a figure.
CREATE OR REPLACE VIEW usage AS
SELECT
    time,
    session_id,
    user_email,
    user_id,
    team,
    regexp_replace(model, '\[[^\]]*\]$', '') AS model,
    CASE metric
        WHEN 'claude_code.cost.usage' THEN 'cost'
        WHEN 'claude_code.token.usage' THEN 'tokens'
        WHEN 'claude_code.lines_of_code.count' THEN 'lines_' || type
        WHEN 'claude_code.commit.count' THEN 'commits'
        WHEN 'claude_code.pull_request.count' THEN 'pull_requests'
        WHEN 'claude_code.active_time.total' THEN 'active_time'
        WHEN 'claude_code.session.count' THEN 'sessions'
        WHEN 'claude_code.code_edit_tool.decision' THEN 'edit_decisions'
    END AS measure,
    type,
    value
FROM store.points
WHERE measure IS NOT NULL;

-- One row for each session, prompt and working tree; repository is null outside every repository.
CREATE OR REPLACE VIEW touches AS
SELECT
    id,
    session_id,
    prompt_id,
    user_email,
    user_id,
    team,
    start_time,
    end_time,
    repository,
    display,
    reads + edits + searches + commands AS touches,
    reads,
    edits,
    searches,
    commands,
    lines_added,
    lines_removed,
    commits,
    pull_requests
FROM store.spans;

-- One row for each repository ever seen.
CREATE OR REPLACE VIEW repositories AS
SELECT
    repository,
    max_by(display, (end_time, id)) AS display,
    max_by(host, (end_time, id)) AS host,
    max_by(owner, (end_time, id)) AS owner,
    max_by(name, (end_time, id)) AS name,
    bool_or(remote) AS remote,
    list_sort(list_distinct(flatten(list(root_commits)))) AS root_commits,
    min(start_time) AS first_seen,
    max(end_time) AS last_seen
FROM store.spans
WHERE repository IS NOT NULL
GROUP BY repository;

-- One row for each repository ever seen, and one for none (null), once there has been a classification.
CREATE OR REPLACE VIEW labels AS
SELECT
    seen.repository,
    coalesce(given.label, 'Unknown') AS label,
    coalesce(given.reason, 'not-classified-yet') AS reason,
    given.evidence,
    given.classified_at
FROM (SELECT DISTINCT repository FROM store.spans WHERE repository IS NOT NULL) AS seen
LEFT JOIN store.labels AS given USING (repository)
WHERE EXISTS (SELECT 1 FROM store.classifications)
UNION ALL
SELECT NULL, 'Unknown', 'no-repository', NULL, NULL
WHERE EXISTS (SELECT 1 FROM store.classifications);

-- What divides a session, for each rule: touches (cost, tokens, time), or what the hook measured
-- (lines, commits, pull requests), or, where it measured none, touches again. A repository owns the pieces (low, high] of total.
CREATE OR REPLACE VIEW shares AS
WITH measured AS (
    SELECT
        session_id,
        repository,
        sum(touches) AS touches,
        sum(lines_added) AS lines_added,
        sum(lines_removed) AS lines_removed,
        sum(commits) AS commits,
        sum(pull_requests) AS pull_requests
    FROM touches
    WHERE repository IS NOT NULL
    GROUP BY session_id, repository
),
whole AS (
    SELECT
        session_id,
        coalesce(sum(touches) FILTER (repository IS NOT NULL), 0) AS inside,
        coalesce(sum(touches) FILTER (repository IS NULL), 0) AS outside,
        first(repository ORDER BY start_time, id) AS start_repository
    FROM touches
    GROUP BY session_id
),
touched AS (
    SELECT session_id, repository, touches AS weight
    FROM measured
    WHERE touches > 0
    UNION ALL
    SELECT session_id, CASE WHEN outside = 0 THEN start_repository END, 1
    FROM whole
    WHERE inside = 0
),
changed AS (
    SELECT session_id, rule, repository, weight
    FROM measured UNPIVOT (weight FOR rule IN (lines_added, lines_removed, commits, pull_requests))
    WHERE weight > 0
),
weights AS (
    SELECT session_id, 'touches' AS rule, repository, weight FROM touched
    UNION ALL
    SELECT session_id, rule, repository, weight FROM changed
    UNION ALL
    SELECT touched.session_id, rules.rule, touched.repository, touched.weight
    FROM touched
    CROSS JOIN (VALUES ('lines_added'), ('lines_removed'), ('commits'), ('pull_requests')) AS rules (rule)
    WHERE NOT EXISTS (
        SELECT 1 FROM changed WHERE changed.session_id = touched.session_id AND changed.rule = rules.rule
    )
)
SELECT
    session_id,
    rule,
    repository,
    sum(weight) OVER in_order - weight AS low,
    sum(weight) OVER in_order AS high,
    sum(weight) OVER whole_session AS total
FROM weights
WINDOW
    whole_session AS (PARTITION BY session_id, rule),
    in_order AS (PARTITION BY session_id, rule ORDER BY repository ROWS UNBOUNDED PRECEDING);

-- One row for each session that telemetry or the hook reported.
CREATE OR REPLACE VIEW sessions AS
WITH reported AS (
    SELECT session_id, time AS started, time AS ended, user_email AS reported_email, NULL AS hook_email, user_id, team
    FROM usage
    WHERE session_id IS NOT NULL
    UNION ALL
    SELECT session_id, start_time, end_time, NULL, user_email, user_id, team
    FROM touches
),
whole AS (
    SELECT
        session_id,
        coalesce(min(reported_email), min(hook_email), min(user_id)) AS user,
        min(team) AS team,
        min(started) AS started,
        max(ended) AS ended
    FROM reported
    GROUP BY session_id
),
ranked AS (
    SELECT
        shares.session_id,
        shares.repository,
        labels.label,
        labels.reason,
        row_number() OVER (
            PARTITION BY shares.session_id
            ORDER BY
                high - low DESC,
                CASE labels.label WHEN 'Unmanaged' THEN 0 WHEN 'Unknown' THEN 1 ELSE 2 END,
                shares.repository
        ) AS rank
    FROM shares
    LEFT JOIN labels ON labels.repository IS NOT DISTINCT FROM shares.repository
    WHERE rule = 'touches'
)
SELECT
    whole.session_id,
    whole.user,
    whole.team,
    whole.started,
    whole.ended,
    ranked.repository,
    CASE WHEN ranked.session_id IS NULL THEN nowhere.label ELSE ranked.label END AS label
FROM whole
LEFT JOIN ranked ON ranked.session_id = whole.session_id AND ranked.rank = 1
LEFT JOIN labels AS nowhere ON nowhere.repository IS NULL;

-- One row for each data point and repository that has a part in it. The parts of a data point add up to it exactly.
CREATE OR REPLACE VIEW attributed AS
SELECT
    usage.time,
    usage.session_id,
    coalesce(sessions.user, usage.user_email, usage.user_id) AS user,
    coalesce(usage.team, sessions.team) AS team,
    usage.model,
    usage.measure,
    usage.type,
    shares.repository,
    repositories.display,
    labels.label,
    labels.reason,
    labels.evidence,
    piece(usage.value, coalesce(shares.low, 0), coalesce(shares.high, 1), coalesce(shares.total, 1)) AS value
FROM usage
LEFT JOIN sessions ON sessions.session_id = usage.session_id
LEFT JOIN shares
    ON shares.session_id = usage.session_id
    AND shares.rule
    = CASE
        WHEN usage.measure IN ('lines_added', 'lines_removed', 'commits', 'pull_requests') THEN usage.measure
        ELSE 'touches'
    END
LEFT JOIN repositories ON repositories.repository = shares.repository
LEFT JOIN labels ON labels.repository IS NOT DISTINCT FROM shares.repository;

-- The filters that every question takes: a half-open range of time and lists of values, null for no filter.
CREATE OR REPLACE MACRO chosen(from_time, to_time, users, models, repositories, labels, teams) AS TABLE
SELECT *
FROM attributed
WHERE
    (from_time IS NULL OR time >= from_time)
    AND (to_time IS NULL OR time < to_time)
    AND (users IS NULL OR list_contains(users, user))
    AND (models IS NULL OR list_contains(models, model))
    AND (repositories IS NULL OR list_contains(repositories, repository) OR list_contains(repositories, display))
    AND (labels IS NULL OR list_contains(labels, label))
    AND (teams IS NULL OR list_contains(teams, team));
