-- Sessions in which models wrote more than $tokens output tokens within an hour. value: output tokens.
SELECT session_id AS subject, sum(output_tokens) AS value, max(user) AS user, session_id
FROM attributed
WHERE contains(split, 'request') AND time > $now - INTERVAL 1 HOUR AND time <= $now
GROUP BY session_id
HAVING sum(output_tokens) > $tokens;
