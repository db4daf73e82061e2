-- The prompts of the batch that are slash commands.
SELECT DISTINCT
    toUnixTimestamp64Micro(toDateTime64(Timestamp, 6)),
    session_id,
    LogAttributes['prompt.id'],
    LogAttributes['command_name'] AS command
FROM {work}whence_events
WHERE name = 'user_prompt' AND command <> '';
