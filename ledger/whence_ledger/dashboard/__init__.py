"""The dashboard: what the ledger knows, for people, in five tabs."""
