-- What one session cost, by repository; '' is none.
SELECT repository, sum(cost_usd) AS cost_usd
FROM attributed
WHERE session_id = $session AND split IN ('both', 'session')
GROUP BY repository
ORDER BY repository;
