-- Tokens by hour, or by a shorter bucket, for charts of working hours.
SELECT
    date_trunc($bucket, time) AS bucket,
    sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
FROM chosen
GROUP BY 1
ORDER BY 1;
