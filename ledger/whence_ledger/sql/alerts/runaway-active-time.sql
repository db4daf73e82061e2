-- Sessions that were active for more than $hours of the last three hours. value: hours.
SELECT session_id AS subject, CAST(sum(active_time_cli + active_time_user) AS DOUBLE) / 3600 AS value, max(user) AS user, session_id
FROM attributed
WHERE contains(split, 'request') AND time > $now - INTERVAL 3 HOUR AND time <= $now
GROUP BY session_id
HAVING sum(active_time_cli + active_time_user) > $hours * 3600;
