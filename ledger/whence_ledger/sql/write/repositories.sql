-- Computes the new rows of these repositories from the stored rows and the spans. Names from Claude Code itself, which are
-- in lower case, are used until a span names the repository: until then its last_span is empty.
CREATE OR REPLACE TEMP TABLE known AS
WITH every AS (
    SELECT repository, display, host, owner, name, remote, root_commits, first_seen, last_seen, last_span
    FROM ledger.repositories
    WHERE repository IN (SELECT unnest($repository))
    UNION ALL
    SELECT
        unnest($repository),
        unnest($display),
        unnest($host),
        unnest($owner),
        unnest($name),
        unnest($remote),
        unnest(CAST($root_commits AS VARCHAR[][])),
        make_timestamp(unnest($time)),
        make_timestamp(unnest($end_time)),
        unnest($id)
),
compared AS (
    SELECT *, bool_or(last_span <> '') OVER (PARTITION BY repository) AS has_span FROM every
)
SELECT
    repository,
    max_by(display, (last_seen, last_span)) AS display,
    max_by(host, (last_seen, last_span)) AS host,
    max_by(owner, (last_seen, last_span)) AS owner,
    max_by(name, (last_seen, last_span)) AS name,
    bool_or(remote) AS remote,
    list_sort(list_distinct(flatten(list(root_commits)))) AS root_commits,
    min(first_seen) AS first_seen,
    max(last_seen) AS last_seen,
    max_by(last_span, (last_seen, last_span)) AS last_span
FROM compared
WHERE (last_span <> '') = has_span
GROUP BY repository;
