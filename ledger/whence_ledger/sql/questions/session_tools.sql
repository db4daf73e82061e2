-- How often each tool was used in one session, most used first.
SELECT tool, sum(uses) AS uses, sum(failures) AS failures
FROM tool_uses
WHERE session_id = $session AND time >= $begin AND time < $end
GROUP BY tool
ORDER BY sum(uses) DESC, tool
LIMIT $limit OFFSET $skip;
