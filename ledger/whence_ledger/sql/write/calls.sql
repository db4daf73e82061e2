INSERT INTO ledger.calls (time, session_id, prompt_id, agent, call, request, started, starts_agent)
SELECT
    make_timestamp(unnest($time)),
    unnest($session_id),
    unnest($prompt_id),
    unnest($agent),
    unnest(CAST($call AS UBIGINT[])),
    unnest(CAST($request AS UBIGINT[])),
    make_timestamp(unnest($started)),
    unnest($starts_agent);
