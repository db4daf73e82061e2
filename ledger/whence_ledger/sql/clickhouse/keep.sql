-- Stores the division of the batch. Rows count once whence_divisions names their division, so an interrupted run changes
-- nothing. {split_usage} and so on: the queries of these views of sql/split.
INSERT INTO whence_usage (
    division,
    is_closed,
    time,
    session_id,
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
SELECT batch.division, batch.is_closed, used.*
FROM (
{split_usage}
) AS used
INNER JOIN {work}batch AS batch ON batch.session_id = used.session_id;

INSERT INTO whence_tool_uses (division, is_closed, time, session_id, user, team, repository, split, tool, uses, failures)
SELECT batch.division, batch.is_closed, used.*
FROM (
{split_tool_uses}
) AS used
INNER JOIN {work}batch AS batch ON batch.session_id = used.session_id;

INSERT INTO whence_shares (division, is_closed, session_id, split, repository, share)
SELECT batch.division, batch.is_closed, shared.*
FROM (
{split_shares}
) AS shared
INNER JOIN {work}batch AS batch ON batch.session_id = shared.session_id;

INSERT INTO whence_branches (
    division,
    is_closed,
    session_id,
    repository,
    branch,
    first_touch,
    last_touch,
    touches,
    low,
    high,
    total,
    added_low,
    added_high,
    added_total,
    removed_low,
    removed_high,
    removed_total,
    commits_low,
    commits_high,
    commits_total,
    pulls_low,
    pulls_high,
    pulls_total
)
SELECT batch.division, batch.is_closed, branched.*
FROM (
{split_branches}
) AS branched
INNER JOIN {work}batch AS batch ON batch.session_id = branched.session_id;

INSERT INTO whence_extensions (
    division,
    is_closed,
    session_id,
    repository,
    model,
    skill,
    subagent,
    plugin,
    mcp_server,
    slash_command,
    low,
    high,
    total
)
SELECT batch.division, batch.is_closed, extended.*
FROM (
{split_extensions}
) AS extended
INNER JOIN {work}batch AS batch ON batch.session_id = extended.session_id;

-- What is rolled up of these days does not count from now on.
INSERT INTO whence_touched (day, at)
SELECT DISTINCT toDate(time), toUnixTimestamp64Micro(now64(6))
FROM (SELECT time FROM {work}cells UNION ALL SELECT time FROM {work}tool_uses);

INSERT INTO whence_divisions (
    session_id,
    seen,
    is_closed,
    is_whole,
    division,
    user,
    team,
    started,
    ended,
    machine,
    client_version,
    gap,
    since,
    until,
    at
)
SELECT
    batch.session_id,
    batch.seen,
    batch.is_closed,
    whole.session_id IS NOT NULL,
    batch.division,
    coalesce(whole.user, ''),
    coalesce(whole.team, ''),
    coalesce(whole.started, toStartOfInterval(batch.since, INTERVAL 15 MINUTE)),
    coalesce(whole.ended, toStartOfInterval(batch.since, INTERVAL 15 MINUTE)),
    coalesce(coverage.machine, ''),
    coalesce(coverage.client_version, ''),
    coalesce(coverage.gap, ''),
    toStartOfInterval(batch.since, INTERVAL 15 MINUTE),
    batch.until,
    toUnixTimestamp64Micro(now64(6))
FROM {work}batch AS batch
LEFT JOIN {work}whole_sessions AS whole ON whole.session_id = batch.session_id
LEFT JOIN {work}session_coverage AS coverage ON coverage.session_id = batch.session_id;
