-- The days of the sessions that were divided before whence_touched existed.
INSERT INTO whence_touched (day, at)
SELECT DISTINCT toDate(time), 0
FROM (SELECT time FROM whence_usage UNION ALL SELECT time FROM whence_tool_uses);
