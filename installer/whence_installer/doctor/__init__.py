"""``whence doctor``: check every link of the chain from Claude Code to the ledger.

Imports: whence_contract, whence_client, whence_hook, settings.
"""
