-- The open sessions, as of their last division.
CREATE SCHEMA live;
CREATE TABLE live.usage AS SELECT * FROM split_usage WHERE false;
CREATE TABLE live.tool_uses AS SELECT * FROM split_tool_uses WHERE false;
CREATE TABLE live.shares AS SELECT * FROM split_shares WHERE false;
CREATE TABLE live.branches AS SELECT * FROM split_branches WHERE false;
CREATE TABLE live.extensions AS SELECT * FROM split_extensions WHERE false;
CREATE TABLE live.sessions AS
SELECT whole_sessions.*, session_coverage.machine, session_coverage.client_version, session_coverage.gap
FROM whole_sessions
INNER JOIN session_coverage ON session_coverage.session_id = whole_sessions.session_id
WHERE false;
