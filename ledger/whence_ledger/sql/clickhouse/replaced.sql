-- How many rolls of more than a day ago are no longer the newest of their day.
SELECT count()
FROM whence_rolls
WHERE
    at < toUnixTimestamp64Micro(now64(6) - INTERVAL 1 DAY)
    AND roll NOT IN (
        SELECT argMax(roll, at) FROM whence_rolls GROUP BY day
        UNION ALL
        SELECT argMax(roll, at) FROM whence_rolls WHERE has_extensions GROUP BY day
    );
