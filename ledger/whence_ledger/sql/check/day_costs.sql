-- The same as days.sql, for the figures of the insights.
WITH compared AS (
    SELECT * FROM ledger.daily_costs
    UNION ALL
    SELECT
        day,
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
        -COLUMNS('cost_usd|_tokens$')
    FROM costs_by_day(TIMESTAMP '1970-01-01', (SELECT before FROM ledger.rolled), true)
),
differences AS (
    SELECT time, abs(sum(COLUMNS('cost_usd|_tokens$')))
    FROM compared
    GROUP BY time, user, team, model, query_source, effort, speed, is_small, is_unchanged, is_unread, repository, split
)
SELECT DISTINCT strftime(time, '%Y-%m-%d')
FROM differences
WHERE greatest(*COLUMNS(* EXCLUDE (time))) <> 0
ORDER BY ALL;
