-- The cost of one session by repository; '' means no repository.
SELECT repository, sum(cost_usd) AS cost_usd
FROM attributed
WHERE session_id = $session AND contains(split, 'request')
GROUP BY repository
ORDER BY repository;
