-- API requests of the batch.
SELECT
    toUnixTimestamp64Micro(time),
    session_id,
    prompt_id,
    agent,
    parent,
    request,
    toUnixTimestamp64Micro(started),
    sequence,
    model,
    query_source,
    skill,
    subagent,
    plugin,
    mcp_server,
    cost_nano,
    input_tokens,
    output_tokens,
    cache_read_tokens,
    cache_creation_tokens
FROM {work}requests;
