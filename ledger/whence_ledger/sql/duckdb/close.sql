-- Stores the division of the sessions that the variable sessions names.
INSERT INTO ledger.closed_usage BY NAME SELECT * FROM split_usage ORDER BY time;
INSERT INTO ledger.closed_tool_uses BY NAME SELECT * FROM split_tool_uses ORDER BY time;
INSERT INTO ledger.closed_shares BY NAME SELECT * FROM split_shares;
INSERT INTO ledger.closed_branches BY NAME SELECT * FROM split_branches;
INSERT INTO ledger.closed_extensions BY NAME SELECT * FROM split_extensions;
-- Add the sessions to days that are already rolled up.
INSERT INTO ledger.daily_usage SELECT * FROM used_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_costs SELECT * FROM costs_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_sessions SELECT * FROM sessions_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_tool_uses SELECT * FROM tools_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.daily_extensions SELECT * FROM extensions_by_day(getvariable('since'), getvariable('rolled'), false);
INSERT INTO ledger.closed_sessions BY NAME
SELECT
    opened.session_id,
    coalesce(whole.user, '') AS user,
    coalesce(whole.team, '') AS team,
    coalesce(whole.started, opened.since) AS started,
    coalesce(whole.ended, opened.since) AS ended,
    opened.since,
    coalesce(coverage.machine, '') AS machine,
    coalesce(coverage.client_version, '') AS client_version,
    -- Reports do not show a session that only sent events.
    CASE WHEN whole.session_id IS NULL THEN '' ELSE coverage.gap END AS gap
FROM ledger.open_sessions AS opened
LEFT JOIN whole_sessions AS whole ON whole.session_id = opened.session_id
LEFT JOIN session_coverage AS coverage ON coverage.session_id = opened.session_id
WHERE opened.session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])))
ORDER BY started;
DELETE FROM ledger.open_sessions WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
