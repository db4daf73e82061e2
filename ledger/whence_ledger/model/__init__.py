"""The values that the ledger's parts hand to each other: items, filters, verdicts, times.

Imports: whence_contract.
"""
