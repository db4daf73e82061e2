-- Every session, oldest first, and the start of the quarter of an hour of its first item.
SELECT session_id, toUnixTimestamp64Micro(toDateTime64(toStartOfInterval(min(since), INTERVAL 15 MINUTE), 6)) AS first
FROM whence_arrivals
GROUP BY session_id
ORDER BY first, session_id;
