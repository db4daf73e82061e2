-- Takes back how these sessions were divided: something came for them.
DELETE FROM ledger.closed_usage
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_tool_uses
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[]))) AND time >= getvariable('since');
DELETE FROM ledger.closed_shares
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
DELETE FROM ledger.closed_sessions
WHERE session_id IN (SELECT unnest(CAST(getvariable('sessions') AS VARCHAR[])));
