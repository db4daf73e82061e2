-- Whether there was anything at all.
SELECT count(*) AS found
FROM (
    SELECT 1
    FROM chosen_sessions
    LIMIT 1
) AS first;
