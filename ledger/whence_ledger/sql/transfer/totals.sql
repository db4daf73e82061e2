-- Sessions, cost and tokens by month (UTC) and split.
SELECT
    strftime(time, '%Y-%m') AS month,
    split,
    count(DISTINCT session_id) AS sessions,
    sum(cost_usd) AS cost_usd,
    sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
FROM attributed
GROUP BY month, split
ORDER BY month, split;
