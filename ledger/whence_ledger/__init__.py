"""The ledger: receives telemetry, stores it, attributes it to repositories, and answers what it cost.

A data point goes ``ingest`` → ``store``; a question goes ``web`` or ``dashboard`` → ``store``.

Imports: whence_contract.
"""
