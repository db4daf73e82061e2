-- Whether models wrote more than $tokens output tokens in two hours for at least $users users, and nobody committed.
-- value: output tokens.
SELECT '' AS subject, sum(output_tokens) AS value
FROM attributed
WHERE contains(split, 'request') AND time > $now - INTERVAL 2 HOUR AND time <= $now
HAVING
    sum(output_tokens) > $tokens
    AND sum(commits) = 0
    AND count(DISTINCT CASE WHEN output_tokens > 0 THEN user END) >= $users;
