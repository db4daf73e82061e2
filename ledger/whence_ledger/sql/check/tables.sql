SELECT table_name FROM duckdb_tables() WHERE database_name = 'ledger' ORDER BY table_name;
