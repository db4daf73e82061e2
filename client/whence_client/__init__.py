"""The client of the ledger's API: address, tokens, pagination and error messages.

Imports: whence_contract.
"""
