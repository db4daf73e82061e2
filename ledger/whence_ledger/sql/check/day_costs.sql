-- The same for the figures that insights are found in.
WITH compared AS (
    SELECT time AS day, split, repository, cost_usd, input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM ledger.daily_costs
    UNION ALL
    SELECT date_trunc('day', time), split, repository, -cost_usd, -(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens)
    FROM ledger.closed_usage
    WHERE time < (SELECT before FROM ledger.rolled)
)
SELECT strftime(day, '%Y-%m-%d')
FROM compared
GROUP BY day, split, repository
HAVING sum(cost_usd) <> 0 OR sum(tokens) <> 0
ORDER BY ALL;
