-- The views that all questions read.

CREATE OR REPLACE VIEW repositories AS
SELECT
    repository,
    named.1 AS display,
    named.2 AS host,
    named.3 AS owner,
    named.4 AS name,
    remote,
    root_commits,
    first_seen,
    last_seen
FROM (
    SELECT
        repository,
        argMaxMerge(named) AS named,
        max(remote) > 0 AS remote,
        arraySort(groupUniqArrayArray(root_commits)) AS root_commits,
        min(first_seen) AS first_seen,
        max(last_seen) AS last_seen
    FROM whence_repositories
    GROUP BY repository
)
UNION ALL
SELECT
    key,
    replaceRegexpOne(min(path), '^github\\.com/', ''),
    min(host),
    arrayStringConcat(arraySlice(splitByChar('/', min(path)), 2, -1), '/'),
    splitByChar('/', min(path))[-1],
    true,
    [],
    min(first_seen),
    max(last_seen)
FROM whence_told
WHERE key NOT IN (SELECT lower(repository) FROM whence_repositories)
GROUP BY key;

-- The names of a repository: its key and its display name. 'Unknown' means no repository.
CREATE OR REPLACE VIEW repository_names AS
SELECT repository, repository AS name
FROM repositories
UNION ALL
SELECT repository, display
FROM repositories
UNION ALL
SELECT '', ''
UNION ALL
SELECT '', 'Unknown';

CREATE OR REPLACE VIEW labels AS
SELECT repository, label, reason, evidence, scope, left_on
FROM (
    SELECT
        seen.repository AS repository,
        coalesce(given.label, 'Unknown') AS label,
        coalesce(given.reason, 'not-classified-yet') AS reason,
        coalesce(given.evidence, '') AS evidence,
        coalesce(given.scope, '') AS scope,
        given.left_on AS left_on
    FROM (SELECT repository FROM repositories) AS seen
    LEFT JOIN (SELECT repository, label, reason, evidence, scope, left_on FROM whence_labels FINAL) AS given
        ON given.repository = seen.repository
    UNION ALL
    SELECT '', 'Unknown', 'no-repository', '', '', NULL
)
WHERE (SELECT count() FROM whence_classifications) > 0
SETTINGS join_use_nulls = 1;

CREATE OR REPLACE VIEW label_changes AS
SELECT changed_at, repository, from_label, to_label, reason, evidence
FROM whence_label_changes;

CREATE OR REPLACE VIEW pull_requests AS
SELECT repository, number, title, state, author, head, created_at, updated_at, closed_at, merged_at
FROM whence_pull_requests FINAL;

CREATE OR REPLACE VIEW pull_request_commits AS
SELECT repository, number, arrayJoin(commits) AS revision
FROM whence_pull_requests FINAL;

CREATE OR REPLACE VIEW scopes AS
SELECT scope, host, organization, organization_id, classified_at
FROM whence_scopes FINAL
WHERE is_kept;

CREATE OR REPLACE VIEW saved_views AS
SELECT name, view, saved_at, saved_by
FROM whence_saved_views FINAL
WHERE is_kept;

CREATE OR REPLACE VIEW case_changes AS
SELECT decided_at, user, repository, status, note, day, decided_by
FROM whence_case_changes;

-- The newest decision about each user and repository.
CREATE OR REPLACE VIEW cases AS
SELECT
    user,
    repository,
    found.1 AS status,
    found.2 AS note,
    found.3 AS day,
    decided_at,
    found.4 AS decided_by,
    toBool(found.1 IN ('legitimate', 'moved', 'dismissed')) AS is_settled
FROM (
    SELECT
        changes.user AS user,
        changes.repository AS repository,
        max(changes.decided_at) AS decided_at,
        argMax((changes.status, changes.note, changes.day, changes.decided_by), changes.decided_at) AS found
    FROM whence_case_changes AS changes
    GROUP BY changes.user, changes.repository
);

-- The valid division of each session: one of those that saw the most of its data.
CREATE OR REPLACE VIEW whence_current AS
SELECT
    session_id,
    found.1 AS is_closed,
    found.2 AS is_whole,
    found.3 AS division,
    found.4 AS user,
    found.5 AS team,
    found.6 AS started,
    found.7 AS ended,
    found.8 AS machine,
    found.9 AS client_version,
    found.10 AS gap
FROM (
    SELECT
        session_id,
        argMax(
            (is_closed, is_whole, division, user, team, started, ended, machine, client_version, gap),
            (seen, is_closed, division)
        ) AS found
    FROM whence_divisions
    GROUP BY session_id
);

-- The rolls that questions read: those of this version, and those of an earlier one, which may still run beside it.
CREATE OR REPLACE VIEW whence_read_rolls AS
SELECT argMax(roll, at) AS roll FROM whence_rolls GROUP BY day
UNION ALL
SELECT argMax(roll, at) AS roll FROM whence_rolls WHERE has_extensions GROUP BY day;

CREATE OR REPLACE VIEW sessions AS
SELECT session_id, user, team, started, ended, machine, client_version, gap
FROM whence_current
WHERE is_closed + is_whole > 0;

CREATE OR REPLACE VIEW shares AS
SELECT session_id, split, repository, share
FROM whence_shares
WHERE division IN (SELECT division FROM whence_current);

CREATE OR REPLACE VIEW branches AS
SELECT * EXCEPT (division, is_closed, divided_at)
FROM whence_branches
WHERE division IN (SELECT division FROM whence_current);

CREATE OR REPLACE VIEW extensions AS
SELECT * EXCEPT (division, is_closed, divided_at)
FROM whence_extensions
WHERE division IN (SELECT division FROM whence_current);

CREATE OR REPLACE VIEW attributed AS
SELECT * EXCEPT (division, is_closed, divided_at)
FROM whence_usage
WHERE division IN (SELECT division FROM whence_current);

CREATE OR REPLACE VIEW attributed_tool_uses AS
SELECT * EXCEPT (division, is_closed, divided_at)
FROM whence_tool_uses
WHERE division IN (SELECT division FROM whence_current);

-- Data points as received: time is the start of the quarter of an hour.
CREATE OR REPLACE VIEW measured AS
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
FROM usage;
