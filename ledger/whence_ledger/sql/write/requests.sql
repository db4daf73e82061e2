INSERT INTO ledger.requests (
    time,
    session_id,
    prompt_id,
    cost_usd
)
SELECT
    make_timestamp(unnest($time)),
    unnest($session_id),
    unnest($prompt_id),
    from_nano(unnest($cost_usd));
