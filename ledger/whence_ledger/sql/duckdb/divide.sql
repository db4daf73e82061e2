-- Divides the open sessions anew. The order and the columns are those of the closed tables.
CREATE OR REPLACE TABLE live.usage AS SELECT * FROM split_usage;
CREATE OR REPLACE TABLE live.tool_uses AS SELECT * FROM split_tool_uses;
CREATE OR REPLACE TABLE live.shares AS SELECT * FROM split_shares;
CREATE OR REPLACE TABLE live.sessions AS SELECT * FROM whole_sessions;
