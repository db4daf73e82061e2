-- What one session cost, by repository; '' is none.
SELECT repository, sum(cost_usd) AS cost_usd
FROM attributed
WHERE session_id = $session AND contains(split, 'request')
GROUP BY repository
ORDER BY repository;
