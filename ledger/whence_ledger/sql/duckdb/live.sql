-- The open sessions, as of their last division. Columns and types are those of divide.sql: views are bound to them.
CREATE SCHEMA live;
CREATE TABLE live.usage AS SELECT * FROM ledger.closed_usage LIMIT 0;
CREATE TABLE live.tool_uses AS SELECT * FROM ledger.closed_tool_uses LIMIT 0;
CREATE TABLE live.shares AS SELECT * FROM ledger.closed_shares LIMIT 0;
CREATE TABLE live.branches AS SELECT * REPLACE (CAST(touches AS HUGEINT) AS touches) FROM ledger.closed_branches LIMIT 0;
CREATE TABLE live.extensions AS SELECT * FROM ledger.closed_extensions LIMIT 0;
CREATE TABLE live.sessions AS SELECT * EXCLUDE (since) FROM ledger.closed_sessions LIMIT 0;
