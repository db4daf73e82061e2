"""The values that the ledger's parts exchange: items, filters, verdicts, times.

Imports: whence_contract.
"""
