-- How many rolls of more than a day ago are no longer the newest of their day.
SELECT count()
FROM whence_rolls
WHERE
    at < toUnixTimestamp64Micro(now64(6) - INTERVAL 1 DAY)
    AND roll NOT IN (SELECT roll FROM whence_read_rolls);
