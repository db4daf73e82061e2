-- What is rolled up of each day equals what the closed sessions used on it.
WITH compared AS (
    SELECT time AS day, split, repository, cost_usd, input_tokens + output_tokens AS fresh, cache_read_tokens + cache_creation_tokens AS cached,
        lines_added + lines_removed AS lines, commits + pull_requests AS results, active_time_user + active_time_cli AS active,
        edits_accepted + edits_rejected AS edits
    FROM ledger.daily_usage
    UNION ALL
    SELECT date_trunc('day', time), split, repository, -cost_usd, -(input_tokens + output_tokens), -(cache_read_tokens + cache_creation_tokens),
        -(lines_added + lines_removed), -(commits + pull_requests), -(active_time_user + active_time_cli),
        -(edits_accepted + edits_rejected)
    FROM ledger.closed_usage
    WHERE time < (SELECT before FROM ledger.rolled)
)
SELECT strftime(day, '%Y-%m-%d')
FROM compared
GROUP BY day, split, repository
HAVING sum(cost_usd) <> 0 OR sum(fresh) <> 0 OR sum(cached) <> 0 OR sum(lines) <> 0 OR sum(results) <> 0 OR sum(active) <> 0 OR sum(edits) <> 0
ORDER BY ALL;
