-- Removes the open session in the variable trial, as if it had never existed, and the repository made_up for it, unless
-- somebody else has used a repository of that name.
DELETE FROM ledger.usage WHERE session_id = getvariable('trial');
DELETE FROM ledger.requests WHERE session_id = getvariable('trial');
DELETE FROM ledger.commands WHERE session_id = getvariable('trial');
DELETE FROM ledger.calls WHERE session_id = getvariable('trial');
DELETE FROM ledger.starts WHERE session_id = getvariable('trial');
DELETE FROM ledger.tool_uses WHERE session_id = getvariable('trial');
DELETE FROM ledger.touches WHERE session_id = getvariable('trial');
DELETE FROM ledger.open_sessions WHERE session_id = getvariable('trial');
DELETE FROM ledger.repositories
WHERE
    repository = getvariable('made_up')
    AND NOT EXISTS (SELECT 1 FROM ledger.touches WHERE repository = getvariable('made_up'));
