-- The rules that divide sessions, and how each rule divides each session: the stored division of closed sessions, the
-- current division of open ones.
CREATE SCHEMA checked;

CREATE VIEW checked.rules AS
SELECT unnest(['session', 'prompt', 'request']) AS rule;

CREATE VIEW checked.shares AS
SELECT session_id, rule, share
FROM (SELECT session_id, split, share FROM ledger.closed_shares UNION ALL SELECT session_id, split, share FROM live.shares)
INNER JOIN checked.rules ON contains(split, rule);

CREATE VIEW checked.usage AS
SELECT *
FROM (SELECT * FROM ledger.closed_usage UNION ALL SELECT * FROM live.usage)
INNER JOIN checked.rules ON contains(split, rule);

CREATE VIEW checked.tool_uses AS
SELECT session_id, rule, tool, uses, failures
FROM (SELECT * FROM ledger.closed_tool_uses UNION ALL SELECT * FROM live.tool_uses)
INNER JOIN checked.rules ON contains(split, rule);

-- The sessions with enough data to be divided.
CREATE VIEW checked.sessions AS
SELECT session_id FROM ledger.usage
UNION
SELECT session_id FROM ledger.touches;
