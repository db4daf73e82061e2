"""The ledger's data in DuckDB or ClickHouse: folding, division, roll-up, questions, and detection of damage.

Imports: whence_contract, model.
"""
