-- Deletes rows of rolls that were replaced, or never completed, more than a day ago. No question reads them anymore.
DELETE FROM whence_daily_usage
WHERE rolled_at < now() - INTERVAL 1 DAY AND roll NOT IN (SELECT roll FROM whence_read_rolls);

DELETE FROM whence_daily_costs
WHERE rolled_at < now() - INTERVAL 1 DAY AND roll NOT IN (SELECT roll FROM whence_read_rolls);

DELETE FROM whence_daily_sessions
WHERE rolled_at < now() - INTERVAL 1 DAY AND roll NOT IN (SELECT roll FROM whence_read_rolls);

DELETE FROM whence_daily_tool_uses
WHERE rolled_at < now() - INTERVAL 1 DAY AND roll NOT IN (SELECT roll FROM whence_read_rolls);

DELETE FROM whence_daily_extensions
WHERE rolled_at < now() - INTERVAL 1 DAY AND roll NOT IN (SELECT roll FROM whence_read_rolls);

DELETE FROM whence_rolls
WHERE
    at < toUnixTimestamp64Micro(now64(6) - INTERVAL 1 DAY)
    AND roll NOT IN (SELECT roll FROM whence_read_rolls);
