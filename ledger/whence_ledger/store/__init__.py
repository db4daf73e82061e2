"""What the ledger keeps, in DuckDB or ClickHouse: folding, division, roll-up, questions, and what damages it.

Imports: whence_contract, model.
"""
