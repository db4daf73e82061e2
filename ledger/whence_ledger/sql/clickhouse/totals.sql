-- Sessions, cost and tokens of the sessions in {work}sessions, by month (UTC) and split.
SELECT
    formatDateTime(time, '%Y-%m') AS month,
    split,
    uniqExact(session_id) AS sessions,
    sum(cost_usd) AS cost_usd,
    sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
FROM attributed
WHERE session_id IN (SELECT session_id FROM {work}sessions)
GROUP BY month, split
ORDER BY month, split
