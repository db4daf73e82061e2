-- Tool calls of the batch: one row for decision and result.
SELECT
    toUnixTimestamp64Micro(toDateTime64(min(Timestamp), 6)),
    session_id,
    max(LogAttributes['prompt.id']),
    max(LogAttributes['agent_id']),
    LogAttributes['tool_use_id'] AS call,
    nullIf(max(LogAttributes['request_id']), ''),
    toUnixTimestamp64Micro(
        min(subtractMilliseconds(toDateTime64(Timestamp, 6), toInt64OrZero(LogAttributes['duration_ms'])))
    ),
    max(LogAttributes['tool_name'] IN ('Agent', 'Task'))
FROM {work}whence_events
WHERE name IN ('tool_decision', 'tool_result') AND call <> ''
GROUP BY session_id, call;
