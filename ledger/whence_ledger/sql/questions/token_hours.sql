-- Tokens by the hour, or by a finer bucket: for charts of when somebody worked.
SELECT
    date_trunc($bucket, time) AS bucket,
    sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens) AS tokens
FROM chosen
GROUP BY 1
ORDER BY 1;
