-- The input of sql/split, over the stored rows of everything that has arrived, without duplicates.

CREATE OR REPLACE VIEW usage AS
SELECT
    toDateTime64(toStartOfInterval(TimeUnix, INTERVAL 15 MINUTE), 6) AS time,
    session_id,
    lowerUTF8(Attributes['user.email']) AS user_email,
    Attributes['user.id'] AS user_id,
    coalesce(coalesce(nullIf(Attributes['team.id'], ''), nullIf(Attributes['department'], ''), nullIf(Attributes['cost_center'], '')), coalesce(nullIf(ResourceAttributes['team.id'], ''), nullIf(ResourceAttributes['department'], ''), nullIf(ResourceAttributes['cost_center'], '')), '') AS team,
    splitByChar('[', Attributes['model'])[1] AS model,
    Attributes['query_source'] AS query_source,
    Attributes['effort'] AS effort,
    Attributes['speed'] AS speed,
    Attributes['vcs.repository.url.full'] AS told_url,
    ResourceAttributes['service.version'] AS client_version,
    client_version <> '' AND arrayMap(part -> toInt32OrZero(part), splitByChar('.', client_version)) < [2, 1, 269] AS is_too_old,
    toDateTime64(TimeUnix, 6) AS first_time,
    toDateTime64(TimeUnix, 6) AS last_time,
    if(MetricName = 'claude_code.cost.usage', amount, nothing) AS cost_usd,
    if(measure = 'claude_code.token.usage input', amount, nothing) AS input_tokens,
    if(measure = 'claude_code.token.usage output', amount, nothing) AS output_tokens,
    if(measure = 'claude_code.token.usage cacheRead', amount, nothing) AS cache_read_tokens,
    if(measure = 'claude_code.token.usage cacheCreation', amount, nothing) AS cache_creation_tokens,
    if(measure = 'claude_code.lines_of_code.count added', amount, nothing) AS lines_added,
    if(measure = 'claude_code.lines_of_code.count removed', amount, nothing) AS lines_removed,
    if(MetricName = 'claude_code.commit.count', amount, nothing) AS commits,
    if(MetricName = 'claude_code.pull_request.count', amount, nothing) AS pull_requests,
    if(measure = 'claude_code.active_time.total user', amount, nothing) AS active_time_user,
    if(measure = 'claude_code.active_time.total cli', amount, nothing) AS active_time_cli,
    if(measure = 'claude_code.code_edit_tool.decision accept', amount, nothing) AS edits_accepted,
    if(measure = 'claude_code.code_edit_tool.decision reject', amount, nothing) AS edits_rejected
FROM (
    SELECT
        *,
        concat(MetricName, ' ', Attributes[if(MetricName = 'claude_code.code_edit_tool.decision', 'decision', 'type')]) AS measure,
        from_nano(float_nano(Value)) AS amount,
        toDecimal128(0, 9) AS nothing
    FROM whence_points FINAL
);

CREATE OR REPLACE VIEW requests AS
SELECT
    session_id,
    prompt_id,
    if(
        agent_id = '' AND (startsWith(spoken_source, 'agent:') OR spoken_source IN ('hook_agent', 'subagent')),
        spoken_source,
        agent_id
    ) AS agent,
    parent_id AS parent,
    nullIf(request_id, '') AS request,
    toDateTime64(Timestamp, 6) AS time,
    started,
    quarter,
    sequence,
    model,
    multiIf(
        spoken_source IN ('', 'main', 'subagent', 'auxiliary'), spoken_source,
        startsWith(spoken_source, 'repl_main_thread') OR spoken_source = 'sdk', 'main',
        startsWith(spoken_source, 'agent:') OR spoken_source = 'hook_agent', 'subagent',
        'auxiliary'
    ) AS query_source,
    skill,
    subagent,
    plugin,
    mcp_server,
    float_nano(least(cost, 1000000)) AS cost_nano,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM (
    SELECT DISTINCT
        Timestamp,
        toDateTime64(toStartOfInterval(Timestamp, INTERVAL 15 MINUTE), 6) AS quarter,
        subtractMilliseconds(toDateTime64(Timestamp, 6), toInt64OrZero(LogAttributes['duration_ms'])) AS started,
        session_id,
        LogAttributes['prompt.id'] AS prompt_id,
        LogAttributes['agent_id'] AS agent_id,
        LogAttributes['parent_agent_id'] AS parent_id,
        toInt64OrZero(LogAttributes['event.sequence']) AS sequence,
        LogAttributes['request_id'] AS request_id,
        splitByChar('[', LogAttributes['model'])[1] AS model,
        LogAttributes['query_source'] AS spoken_source,
        LogAttributes['skill.name'] AS skill,
        LogAttributes['agent.name'] AS subagent,
        LogAttributes['plugin.name'] AS plugin,
        LogAttributes['mcp_server.name'] AS mcp_server,
        toFloat64OrZero(LogAttributes['cost_usd']) AS cost,
        toInt64OrZero(LogAttributes['input_tokens']) AS input_tokens,
        toInt64OrZero(LogAttributes['output_tokens']) AS output_tokens,
        toInt64OrZero(LogAttributes['cache_read_tokens']) AS cache_read_tokens,
        toInt64OrZero(LogAttributes['cache_creation_tokens']) AS cache_creation_tokens
    FROM whence_events FINAL
    WHERE name = 'api_request'
)
WHERE cost > 0 OR input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens > 0;

-- The prompts that are slash commands.
CREATE OR REPLACE VIEW commands AS
SELECT DISTINCT
    session_id,
    LogAttributes['prompt.id'] AS prompt_id,
    LogAttributes['command_name'] AS command
FROM whence_events FINAL
WHERE name = 'user_prompt' AND command <> '';

CREATE OR REPLACE VIEW calls AS
SELECT DISTINCT
    session_id,
    LogAttributes['prompt.id'] AS prompt_id,
    LogAttributes['agent_id'] AS agent,
    LogAttributes['tool_use_id'] AS call,
    nullIf(LogAttributes['request_id'], '') AS request,
    subtractMilliseconds(toDateTime64(Timestamp, 6), toInt64OrZero(LogAttributes['duration_ms'])) AS started,
    if(LogAttributes['tool_name'] IN ('Agent', 'Task'), 1, 0) AS starts_agent
FROM whence_events FINAL
WHERE name IN ('tool_decision', 'tool_result') AND LogAttributes['tool_use_id'] <> '';

-- What sessions report about hooks when they begin.
CREATE OR REPLACE VIEW starts AS
SELECT
    session_id,
    if(name = 'hook_registered', 1, 0) AS hooks
FROM whence_events FINAL
WHERE name IN ('hook_registered', 'managed_settings_resolved');

CREATE OR REPLACE VIEW tool_uses AS
SELECT
    toDateTime64(toStartOfInterval(Timestamp, INTERVAL 15 MINUTE), 6) AS time,
    session_id,
    tool,
    from_nano(1000000000) AS uses,
    from_nano(if(success = 'false', 1000000000, 0)) AS failures
FROM (
    SELECT DISTINCT
        Timestamp,
        session_id,
        LogAttributes['event.sequence'] AS sequence,
        LogAttributes['tool_use_id'] AS tool_use_id,
        LogAttributes['tool_name'] AS tool,
        lower(LogAttributes['success']) AS success
    FROM whence_events FINAL
    WHERE name = 'tool_result'
)
WHERE tool <> '';

-- The hook writes a repository's URL in canonical form: https, host/owner/name.
CREATE OR REPLACE VIEW spans AS
SELECT
    session_id,
    concat(TraceId, SpanId) AS id,
    toDateTime64(Timestamp, 6) AS time,
    toDateTime64(addNanoseconds(Timestamp, Duration), 6) AS end_time,
    SpanAttributes AS attributes,
    ResourceAttributes AS resource,
    decodeURLComponent(replaceRegexpOne(SpanAttributes['vcs.repository.url.full'], '^https://', '')) AS path,
    splitByChar('/', path)[1] AS host,
    host = 'github.com' OR endsWith(host, '.ghe.com') OR startsWith(host, 'github.') OR startsWith(host, 'ghe.') AS folds,
    if(SpanAttributes['vcs.owner.name'] = 'local', SpanAttributes['vcs.repository.name'], '') AS local_name,
    multiIf(
        path <> '' AND folds, lower(path),
        path <> '', path,
        local_name <> '', concat('local/', local_name),
        ''
    ) AS repository,
    multiIf(
        path <> '', replaceRegexpOne(path, '^github\\.com/', ''),
        local_name <> '', concat('local/', local_name),
        ''
    ) AS display
FROM whence_spans FINAL;

CREATE OR REPLACE VIEW touches AS
SELECT
    time,
    id,
    end_time,
    session_id,
    attributes['prompt.id'] AS prompt_id,
    lowerUTF8(attributes['user.email']) AS user_email,
    attributes['user.id'] AS user_id,
    coalesce(coalesce(nullIf(attributes['team.id'], ''), nullIf(attributes['department'], ''), nullIf(attributes['cost_center'], '')), coalesce(nullIf(resource['team.id'], ''), nullIf(resource['department'], ''), nullIf(resource['cost_center'], '')), '') AS team,
    repository,
    attributes['vcs.ref.head.name'] AS head_name,
    attributes['vcs.ref.head.revision'] AS head_revision,
    toInt64OrZero(attributes['whence.activity.read']) AS reads,
    toInt64OrZero(attributes['whence.activity.edit']) AS edits,
    toInt64OrZero(attributes['whence.activity.read'])
    + toInt64OrZero(attributes['whence.activity.edit'])
    + toInt64OrZero(attributes['whence.activity.search'])
    + toInt64OrZero(attributes['whence.activity.command']) AS touches,
    toInt64OrZero(attributes['whence.lines.added']) AS lines_added,
    toInt64OrZero(attributes['whence.lines.removed']) AS lines_removed,
    toInt64OrZero(attributes['whence.commits']) AS commits,
    toInt64OrZero(attributes['whence.pull_requests']) AS pull_requests,
    if(toInt32OrNull(attributes['whence.utc_offset']) BETWEEN -720 AND 840, toInt32OrNull(attributes['whence.utc_offset']), NULL) AS utc_offset
FROM spans;

-- The repositories that Claude Code names, without credentials, port and query.
CREATE OR REPLACE VIEW named AS
SELECT
    session_id,
    first_time,
    decodeURLComponent(concat(
        lower(domain(told_url)),
        replaceRegexpOne(replaceRegexpOne(path(told_url), '/+$', ''), '(\\.git)+$', '')
    )) AS path,
    splitByChar('/', path)[1] AS host,
    host = 'github.com' OR endsWith(host, '.ghe.com') OR startsWith(host, 'github.') OR startsWith(host, 'ghe.') AS folds,
    if(folds, lower(path), path) AS key
FROM usage
WHERE domain(told_url) <> '' AND length(path(told_url)) > 1;

-- They are in lower case. If the hook has reported the same name in another case, that name is used.
CREATE OR REPLACE VIEW told AS
SELECT
    named.session_id AS session_id,
    named.first_time AS first_time,
    if(coalesce(known.repository, '') <> '', known.repository, named.key) AS repository
FROM named
LEFT JOIN (
    SELECT lower(repository) AS folded, min(repository) AS repository FROM whence_repositories GROUP BY folded
) AS known ON known.folded = named.key;

-- Which call touched which repository.
CREATE OR REPLACE VIEW touched_calls AS
SELECT
    session_id,
    attributes['prompt.id'] AS prompt_id,
    attributes['agent_id'] AS agent,
    repository,
    attributes['vcs.ref.head.name'] AS branch,
    arrayJoin(JSONExtract(attributes['whence.tool_use_ids'], 'Array(String)')) AS call
FROM spans;
