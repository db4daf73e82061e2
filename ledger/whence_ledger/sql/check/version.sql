SELECT max(version) FROM ledger.schema_version;
