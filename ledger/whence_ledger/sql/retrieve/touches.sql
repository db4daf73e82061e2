-- Spans of the batch.
SELECT
    toUnixTimestamp64Micro(touches.time),
    touches.id,
    toUnixTimestamp64Micro(touches.end_time),
    touches.session_id,
    touches.prompt_id,
    touches.user_email,
    touches.user_id,
    touches.team,
    touches.repository,
    touches.head_name,
    touches.head_revision,
    touches.reads,
    touches.edits,
    toInt64OrZero(spans.attributes['whence.activity.search']),
    toInt64OrZero(spans.attributes['whence.activity.command']),
    touches.lines_added,
    touches.lines_removed,
    touches.commits,
    touches.pull_requests,
    spans.attributes['agent_id'],
    arrayDistinct(arrayFilter(
        call -> call <> '', JSONExtract(spans.attributes['whence.tool_use_ids'], 'Array(String)')
    )),
    touches.utc_offset
FROM {work}touches AS touches
INNER JOIN {work}spans AS spans ON spans.session_id = touches.session_id AND spans.id = touches.id;
