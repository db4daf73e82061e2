-- Uses of tools in the batch. Numbers in units of 1e-9.
SELECT toUnixTimestamp64Micro(time), session_id, tool, sum(nano(uses)), sum(nano(failures))
FROM {work}tool_uses
GROUP BY time, session_id, tool;
