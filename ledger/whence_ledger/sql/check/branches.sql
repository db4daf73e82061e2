-- The pieces of each session and repository that the branches own are contiguous, so that the branches add up to the
-- repository; and every repository that a session touched has at least one branch.
WITH every AS (
    SELECT * FROM ledger.closed_branches
    UNION ALL
    SELECT * FROM live.branches
),
pieces AS (
    SELECT session_id, repository, low, high, total FROM every
    UNION ALL
    SELECT session_id, repository || ' (lines added)', added_low, added_high, added_total FROM every
    UNION ALL
    SELECT session_id, repository || ' (lines removed)', removed_low, removed_high, removed_total FROM every
    UNION ALL
    SELECT session_id, repository || ' (commits)', commits_low, commits_high, commits_total FROM every
    UNION ALL
    SELECT session_id, repository || ' (pull requests)', pulls_low, pulls_high, pulls_total FROM every
),
expected AS (
    SELECT DISTINCT session_id, repository FROM ledger.touches WHERE repository <> ''
)
SELECT session_id || ': ' || repository AS wrong
FROM pieces
GROUP BY session_id, repository
HAVING
    min(low) <> 0
    OR min(total) <= 0
    OR min(total) <> max(total)
    OR max(high) <> max(total)
    OR sum(high - low) <> max(total)
    OR min(high - low) < 0
UNION ALL
SELECT session_id || ': ' || repository
FROM expected
ANTI JOIN every USING (session_id, repository)
ORDER BY ALL;
