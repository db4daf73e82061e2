-- What sessions of the batch reported about hooks when they began.
SELECT toUnixTimestamp64Micro(toDateTime64(min(Timestamp), 6)), session_id, countIf(name = 'hook_registered')
FROM {work}whence_events
WHERE name IN ('hook_registered', 'managed_settings_resolved')
GROUP BY session_id;
