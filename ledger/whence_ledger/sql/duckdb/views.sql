-- The views that all questions read: the stored division of closed sessions, and the current division of open ones.

CREATE VIEW repositories AS
SELECT repository, display, host, owner, name, remote, root_commits, first_seen, last_seen
FROM ledger.repositories;

-- The names of a repository: its key and its display name. 'Unknown' means no repository.
CREATE VIEW repository_names AS
SELECT repository, repository AS name
FROM ledger.repositories
UNION ALL
SELECT repository, display
FROM ledger.repositories
UNION ALL
SELECT '', ''
UNION ALL
SELECT '', 'Unknown';

-- One row for each repository ever seen, and one for no repository (''), after the first classification.
CREATE VIEW labels AS
SELECT
    seen.repository,
    coalesce(given.label, 'Unknown') AS label,
    coalesce(given.reason, 'not-classified-yet') AS reason,
    coalesce(given.evidence, '') AS evidence,
    coalesce(given.scope, '') AS scope,
    given.left_on
FROM ledger.repositories AS seen
LEFT JOIN ledger.labels AS given ON given.repository = seen.repository
WHERE EXISTS (SELECT 1 FROM ledger.classifications)
UNION ALL
SELECT '', 'Unknown', 'no-repository', '', '', NULL
WHERE EXISTS (SELECT 1 FROM ledger.classifications);

-- What the hook saw: one row for the work of a prompt on one branch in one working tree.
CREATE VIEW touches AS
SELECT
    time,
    session_id,
    prompt_id,
    repository,
    reads,
    edits,
    reads + edits + searches + commands AS touches,
    lines_added,
    lines_removed,
    commits,
    head_name,
    head_revision,
    utc_offset
FROM ledger.touches;

CREATE VIEW requests AS
SELECT
    session_id,
    prompt_id,
    started,
    model,
    nano(cost_usd) AS cost_nano,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM ledger.requests;

-- Sums of data points as received: time is the start of the quarter of an hour, last_time is in the minute.
CREATE VIEW measured AS
SELECT
    time,
    last_time,
    session_id,
    model,
    cost_usd,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens,
    lines_added,
    lines_removed,
    commits,
    pull_requests,
    active_time_user,
    active_time_cli
FROM ledger.usage;

CREATE VIEW tool_uses AS
SELECT time, session_id, tool, uses, failures
FROM ledger.tool_uses;

CREATE VIEW label_changes AS
SELECT changed_at, repository, from_label, to_label, reason, evidence
FROM ledger.label_changes;

CREATE VIEW pull_requests AS
SELECT repository, number, title, state, author, head, created_at, updated_at, closed_at, merged_at
FROM ledger.pull_requests;

CREATE VIEW pull_request_commits AS
SELECT repository, number, unnest(commits) AS revision
FROM ledger.pull_requests;

CREATE VIEW scopes AS
SELECT scope, host, organization, organization_id, classified_at
FROM ledger.scopes;

CREATE VIEW case_changes AS
SELECT decided_at, user, repository, status, note, day, decided_by
FROM ledger.case_changes;

-- The newest decision about each user and repository.
CREATE VIEW cases AS
SELECT
    user,
    repository,
    status,
    note,
    day,
    decided_at,
    decided_by,
    status IN ('legitimate', 'moved', 'dismissed') AS is_settled
FROM ledger.case_changes
QUALIFY row_number() OVER (PARTITION BY user, repository ORDER BY decided_at DESC) = 1;

CREATE VIEW saved_views AS
SELECT name, view, saved_at, saved_by
FROM ledger.saved_views;

CREATE VIEW sessions AS
SELECT session_id, user, team, started, ended, machine, client_version, gap
FROM ledger.closed_sessions
UNION ALL
SELECT session_id, user, team, started, ended, machine, client_version, gap
FROM live.sessions
WHERE session_id IN (SELECT session_id FROM ledger.open_sessions);

CREATE VIEW shares AS
SELECT session_id, split, repository, share
FROM ledger.closed_shares
UNION ALL
SELECT session_id, split, repository, share
FROM live.shares
WHERE session_id IN (SELECT session_id FROM ledger.open_sessions);

CREATE VIEW branches AS
SELECT *
FROM ledger.closed_branches
UNION ALL
SELECT *
FROM live.branches
WHERE session_id IN (SELECT session_id FROM ledger.open_sessions);

CREATE VIEW extensions AS
SELECT *
FROM ledger.closed_extensions
UNION ALL
SELECT *
FROM live.extensions
WHERE session_id IN (SELECT session_id FROM ledger.open_sessions);

-- One row for each quarter of an hour, session, model, ... and repository with a share in it.
CREATE VIEW attributed AS
SELECT *
FROM ledger.closed_usage
UNION ALL
SELECT *
FROM live.usage
WHERE session_id IN (SELECT session_id FROM ledger.open_sessions);

-- Cost and tokens of open sessions by what the requests were made for, as closed_extended in daily.sql.
CREATE VIEW live_extended AS
SELECT
    used.time,
    used.session_id,
    used.user,
    used.team,
    used.model,
    used.repository,
    used.split,
    parts.session_id IS NOT NULL AS is_reported,
    coalesce(parts.skill, '') AS skill,
    coalesce(parts.subagent, '') AS subagent,
    coalesce(parts.plugin, '') AS plugin,
    coalesce(parts.mcp_server, '') AS mcp_server,
    coalesce(parts.slash_command, '') AS slash_command,
    used.last_time,
    part(used.cost_usd, parts.low, parts.high, parts.total) AS cost_usd,
    part(used.tokens, parts.low, parts.high, parts.total) AS tokens
FROM (
    SELECT *, input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM live.usage
) AS used
LEFT JOIN live.extensions AS parts
    ON parts.session_id = used.session_id AND parts.repository = used.repository AND parts.model = used.model
WHERE used.cost_usd <> 0 OR used.tokens <> 0;
