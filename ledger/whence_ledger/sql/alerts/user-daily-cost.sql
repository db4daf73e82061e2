-- Users who spent more than $usd in the last 24 hours. value: dollars.
SELECT user AS subject, sum(cost_usd) AS value, user
FROM attributed
WHERE contains(split, 'request') AND user <> '' AND time > $now - INTERVAL 1 DAY AND time <= $now
GROUP BY user
HAVING sum(cost_usd) > $usd;
