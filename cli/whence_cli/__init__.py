"""The ``whence`` command, and the commands that talk to a ledger over its API. Other parts register their own.

Imports: whence_contract, whence_client, whence_ledger.
"""
