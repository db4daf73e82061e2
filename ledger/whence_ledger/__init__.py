"""The ledger: receives telemetry, stores it, attributes it to repositories, and answers what it cost."""
