-- The views that every question is asked of.

CREATE OR REPLACE VIEW repositories AS
SELECT
    repository,
    argMax(display, (end_time, id)) AS display,
    if(argMax(local_name, (end_time, id)) <> '', '', argMax(host, (end_time, id))) AS host,
    argMax(attributes['vcs.owner.name'], (end_time, id)) AS owner,
    argMax(attributes['vcs.repository.name'], (end_time, id)) AS name,
    max(path <> '') AS remote,
    arraySort(groupUniqArrayArray(JSONExtract(attributes['whence.repository.root_commit'], 'Array(String)')))
        AS root_commits,
    min(time) AS first_seen,
    max(end_time) AS last_seen
FROM spans
WHERE repository <> ''
GROUP BY repository
UNION ALL
SELECT
    repository,
    any(replaceRegexpOne(path, '^github\.com/', '')),
    any(host),
    any(arrayStringConcat(arraySlice(splitByChar('/', path), 2, -1), '/')),
    any(splitByChar('/', path)[-1]),
    true,
    [],
    min(first_time),
    max(first_time)
FROM told
WHERE repository NOT IN (SELECT repository FROM spans)
GROUP BY repository;

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

CREATE OR REPLACE VIEW scopes AS
SELECT scope, host, organization, organization_id, classified_at
FROM whence_scopes FINAL
WHERE is_kept;

CREATE OR REPLACE VIEW sessions AS SELECT session_id, user, team, started, ended FROM whole_sessions;
CREATE OR REPLACE VIEW shares AS SELECT session_id, split, repository, share FROM split_shares;
CREATE OR REPLACE VIEW attributed AS SELECT * FROM split_usage;
CREATE OR REPLACE VIEW attributed_tool_uses AS SELECT * FROM split_tool_uses;
