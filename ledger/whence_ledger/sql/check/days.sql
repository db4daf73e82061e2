-- The rolled-up amounts of each day equal the closed sessions' amounts of that day, for each amount and each kind.
WITH compared AS (
    SELECT * EXCLUDE (last_time) FROM ledger.daily_usage
    UNION ALL
    SELECT
        day,
        user,
        team,
        model,
        repository,
        split,
        -COLUMNS('cost_usd|_tokens$|^lines_|^commits$|^pull_requests$|^active_|^edits_')
    FROM used_by_day(TIMESTAMP '1970-01-01', (SELECT before FROM ledger.rolled), true)
),
differences AS (
    SELECT time, abs(sum(COLUMNS(* EXCLUDE (time, user, team, model, repository, split))))
    FROM compared
    GROUP BY time, user, team, model, repository, split
)
SELECT DISTINCT strftime(time, '%Y-%m-%d')
FROM differences
WHERE greatest(*COLUMNS(* EXCLUDE (time))) <> 0
ORDER BY ALL;
