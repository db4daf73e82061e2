-- Stores these pull requests, or replaces them.
INSERT OR REPLACE INTO ledger.pull_requests (
    repository, number, title, state, author, head, created_at, updated_at, closed_at, merged_at, commits
)
SELECT
    unnest($repository),
    unnest($number),
    unnest($title),
    unnest($state),
    unnest($author),
    unnest($head),
    unnest($created_at),
    unnest($updated_at),
    unnest(CAST($closed_at AS TIMESTAMP[])),
    unnest(CAST($merged_at AS TIMESTAMP[])),
    unnest(CAST($commits AS VARCHAR[][]));
