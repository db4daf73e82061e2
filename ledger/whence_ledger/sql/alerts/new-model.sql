-- Models that used at least $tokens tokens of all types in the last 24 hours and none in the seven days before, if the ledger
-- has data of those days. value: tokens.
WITH used AS (
    SELECT
        model,
        time > $now - INTERVAL 1 DAY AS is_recent,
        input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens AS tokens
    FROM attributed
    WHERE contains(split, 'request') AND model <> '' AND time > $now - INTERVAL 8 DAY AND time <= $now
)
SELECT model AS subject, sum(tokens) AS value, model
FROM used
WHERE (SELECT min(started) FROM sessions) < $now - INTERVAL 8 DAY
GROUP BY model
HAVING sum(CASE WHEN is_recent THEN tokens ELSE 0 END) >= $tokens AND sum(CASE WHEN is_recent THEN 0 ELSE tokens END) = 0;
