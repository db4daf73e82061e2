-- Rolls up the days in {work}days: sums the divisions that count. Rows count once whence_rolls names them.
CREATE OR REPLACE TABLE {work}counting ENGINE = Memory AS
SELECT argMax(division, (seen, is_closed, division)) AS division
FROM whence_divisions
WHERE
    until >= (SELECT toDateTime64(min(day), 6) FROM {work}days)
    AND since < (SELECT toDateTime64(max(day) + 1, 6) FROM {work}days)
GROUP BY session_id;

INSERT INTO whence_daily_usage (
    roll,
    time,
    user,
    team,
    model,
    repository,
    split,
    last_time,
    cost_usd,
    request_cost_usd,
    prompt_cost_usd,
    session_cost_usd,
    start_cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    lines_added,
    lines_removed,
    commits,
    pull_requests,
    active_time_user,
    active_time_cli,
    edits_accepted,
    edits_rejected,
    client_cost_usd
)
SELECT
    rolls.roll,
    toDateTime64(used.day, 6),
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    max(used.last_time),
    sum(used.cost_usd),
    sum(used.request_cost_usd),
    sum(used.prompt_cost_usd),
    sum(used.session_cost_usd),
    sum(used.start_cost_usd),
    sum(used.input_tokens),
    sum(used.output_tokens),
    sum(used.cache_read_tokens),
    sum(used.cache_creation_tokens),
    sum(used.lines_added),
    sum(used.lines_removed),
    sum(used.commits),
    sum(used.pull_requests),
    sum(used.active_time_user),
    sum(used.active_time_cli),
    sum(used.edits_accepted),
    sum(used.edits_rejected),
    sum(used.client_cost_usd)
FROM (SELECT toDate(time) AS day, * FROM whence_usage WHERE toDate(time) IN (SELECT day FROM {work}days) AND division IN (SELECT division FROM {work}counting)) AS used
INNER JOIN {work}days AS rolls ON rolls.day = used.day
GROUP BY rolls.roll, used.day, used.user, used.team, used.model, used.repository, used.split;

INSERT INTO whence_daily_costs (
    roll,
    time,
    user,
    team,
    model,
    query_source,
    effort,
    speed,
    is_small,
    is_unchanged,
    is_unread,
    repository,
    split,
    cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
)
SELECT
    rolls.roll,
    toDateTime64(used.day, 6),
    used.user,
    used.team,
    used.model,
    used.query_source,
    used.effort,
    used.speed,
    used.is_small,
    used.is_unchanged,
    used.is_unread,
    used.repository,
    used.split,
    sum(used.cost_usd),
    sum(used.input_tokens),
    sum(used.output_tokens),
    sum(used.cache_read_tokens),
    sum(used.cache_creation_tokens)
FROM (SELECT toDate(time) AS day, * FROM whence_usage WHERE toDate(time) IN (SELECT day FROM {work}days) AND division IN (SELECT division FROM {work}counting)) AS used
INNER JOIN {work}days AS rolls ON rolls.day = used.day
GROUP BY rolls.roll, used.day, used.user, used.team, used.model, used.query_source, used.effort, used.speed, used.is_small, used.is_unchanged, used.is_unread, used.repository, used.split;

-- Sessions; a row without a model only if there is no other.
INSERT INTO whence_daily_sessions (
    roll,
    time,
    session_id,
    user,
    team,
    model,
    effort,
    is_small,
    is_unchanged,
    is_unread,
    repository,
    split
)
SELECT
    rolls.roll,
    toDateTime64(used.day, 6),
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.effort,
    used.is_small,
    used.is_unchanged,
    used.is_unread,
    used.repository,
    used.split
FROM (
    SELECT *, max(model) OVER (PARTITION BY day, session_id, repository, split) AS any_model
    FROM (
        SELECT DISTINCT toDate(time) AS day, session_id, user, team, model, effort, is_small, is_unchanged, is_unread, repository, split
        FROM whence_usage
        WHERE toDate(time) IN (SELECT day FROM {work}days) AND division IN (SELECT division FROM {work}counting)
    )
) AS used
INNER JOIN {work}days AS rolls ON rolls.day = used.day
WHERE used.model <> '' OR used.any_model = '';

INSERT INTO whence_daily_tool_uses (
    roll,
    time,
    user,
    team,
    repository,
    split,
    tool,
    uses,
    failures
)
SELECT
    rolls.roll,
    toDateTime64(used.day, 6),
    used.user,
    used.team,
    used.repository,
    used.split,
    used.tool,
    sum(used.uses),
    sum(used.failures)
FROM (SELECT toDate(time) AS day, * FROM whence_tool_uses WHERE toDate(time) IN (SELECT day FROM {work}days) AND division IN (SELECT division FROM {work}counting)) AS used
INNER JOIN {work}days AS rolls ON rolls.day = used.day
GROUP BY rolls.roll, used.day, used.user, used.team, used.repository, used.split, used.tool;

-- Cost and tokens of each session by what the requests were made for.
INSERT INTO whence_daily_extensions (
    roll,
    time,
    session_id,
    user,
    team,
    model,
    repository,
    split,
    is_reported,
    skill,
    subagent,
    plugin,
    mcp_server,
    slash_command,
    last_time,
    cost_usd,
    tokens
)
SELECT
    rolls.roll,
    toDateTime64(used.day, 6),
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    isNotNull(parts.session_id),
    ifNull(parts.skill, ''),
    ifNull(parts.subagent, ''),
    ifNull(parts.plugin, ''),
    ifNull(parts.mcp_server, ''),
    ifNull(parts.slash_command, ''),
    max(used.last_time),
    sum(part(used.cost_usd, parts.low, parts.high, parts.total)),
    sum(part(used.tokens, parts.low, parts.high, parts.total))
FROM (
    SELECT toDate(time) AS day, *, input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM whence_usage
    WHERE
        toDate(time) IN (SELECT day FROM {work}days)
        AND division IN (SELECT division FROM {work}counting)
        AND (cost_usd <> 0 OR tokens <> 0)
) AS used
INNER JOIN {work}days AS rolls ON rolls.day = used.day
LEFT JOIN (
    SELECT * FROM whence_extensions WHERE division IN (SELECT division FROM {work}counting)
) AS parts
    ON parts.session_id = used.session_id AND parts.repository = used.repository AND parts.model = used.model
GROUP BY rolls.roll, used.day, used.session_id, used.user, used.team, used.model, used.repository, used.split, isNotNull(parts.session_id), ifNull(parts.skill, ''), ifNull(parts.subagent, ''), ifNull(parts.plugin, ''), ifNull(parts.mcp_server, ''), ifNull(parts.slash_command, '');

INSERT INTO whence_rolls (day, roll, at, upto, has_extensions)
SELECT day, roll, {at}, {upto}, true
FROM {work}days;
