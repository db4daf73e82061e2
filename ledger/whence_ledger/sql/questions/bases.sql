-- How much of the cost is attributed on which basis, by the rule $split. A coarser rule does not use a finer rule's data.
WITH spent AS (
    SELECT
        coalesce(sum(cost_usd), 0) AS cost_usd,
        coalesce(sum(request_cost_usd), 0) AS on_request,
        coalesce(sum(prompt_cost_usd), 0) AS on_prompt,
        coalesce(sum(session_cost_usd), 0) AS on_session,
        coalesce(sum(start_cost_usd), 0) AS on_start,
        coalesce(sum(client_cost_usd), 0) AS on_client
    FROM chosen
),
told AS (
    SELECT 1 AS place, 'request' AS basis, CASE WHEN $split = 'request' THEN on_request ELSE 0 END AS cost_usd
    FROM spent
    UNION ALL
    SELECT
        2,
        'prompt',
        CASE $split WHEN 'request' THEN on_prompt WHEN 'prompt' THEN on_request + on_prompt ELSE 0 END
    FROM spent
    UNION ALL
    SELECT 3, 'session', CASE WHEN $split = 'session' THEN on_request + on_prompt + on_session ELSE on_session END
    FROM spent
    UNION ALL
    SELECT 4, 'start', on_start
    FROM spent
    UNION ALL
    SELECT 5, 'client', on_client
    FROM spent
    UNION ALL
    SELECT 6, 'none', cost_usd - on_request - on_prompt - on_session - on_start - on_client
    FROM spent
)
SELECT
    $split AS split,
    basis,
    cost_usd,
    coalesce(CAST(cost_usd AS DOUBLE) / nullif(CAST(sum(cost_usd) OVER () AS DOUBLE), 0), 0) AS cost_share
FROM told
ORDER BY place;
