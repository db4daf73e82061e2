-- The costs by basis are parts of the cost.
SELECT DISTINCT session_id
FROM checked.usage
WHERE
    least(request_cost_usd, prompt_cost_usd, session_cost_usd, start_cost_usd, client_cost_usd) < 0
    OR request_cost_usd + prompt_cost_usd + session_cost_usd + start_cost_usd + client_cost_usd > cost_usd
ORDER BY ALL;
