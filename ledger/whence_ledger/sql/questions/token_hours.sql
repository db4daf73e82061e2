-- Tokens by time of day. utc_offset: the developer's offset from UTC in minutes, as the last span of the session that tells
-- one tells it; null for sessions without such a span.
WITH used AS (
    SELECT
        session_id,
        date_trunc($bucket, time) AS bucket,
        sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
    FROM chosen_attributed
    GROUP BY 1, 2
),
offsets AS (
    SELECT session_id, arg_max(utc_offset, time) AS utc_offset
    FROM touches
    WHERE utc_offset IS NOT NULL AND session_id IN (SELECT session_id FROM used)
    GROUP BY session_id
)
SELECT used.bucket AS bucket, offsets.utc_offset AS utc_offset, sum(used.tokens) AS tokens
FROM used
LEFT JOIN offsets ON offsets.session_id = used.session_id
GROUP BY 1, 2
ORDER BY 1, 2;
