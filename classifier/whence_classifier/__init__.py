"""The classifier: lists the organization's repositories and labels every repository that the ledger has seen.

Imports: whence_contract, whence_client.
"""
