"""The ``whence`` command, and the commands that use a ledger's API. Other parts register their own commands.

Imports: whence_contract, whence_client, whence_ledger.
"""
