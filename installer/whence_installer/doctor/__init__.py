"""``whence doctor``: check every step from Claude Code to the ledger.

Imports: whence_contract, whence_client, whence_hook, settings.
"""
