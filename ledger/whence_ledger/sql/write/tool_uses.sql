INSERT INTO ledger.tool_uses (
    time,
    session_id,
    tool,
    uses,
    failures
)
SELECT
    make_timestamp(unnest($time)),
    unnest($session_id),
    unnest($tool),
    from_nano(unnest($uses)),
    from_nano(unnest($failures));
