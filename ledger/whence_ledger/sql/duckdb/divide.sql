-- Divides the open sessions again. The order and the columns are those of the closed tables.
CREATE OR REPLACE TABLE live.usage AS SELECT * FROM split_usage;
CREATE OR REPLACE TABLE live.tool_uses AS SELECT * FROM split_tool_uses;
CREATE OR REPLACE TABLE live.shares AS SELECT * FROM split_shares;
CREATE OR REPLACE TABLE live.branches AS SELECT * FROM split_branches;
CREATE OR REPLACE TABLE live.extensions AS SELECT * FROM split_extensions;
CREATE OR REPLACE TABLE live.sessions AS
SELECT whole_sessions.*, session_coverage.machine, session_coverage.client_version, session_coverage.gap
FROM whole_sessions
INNER JOIN session_coverage ON session_coverage.session_id = whole_sessions.session_id;
