"""``whence import``: read past sessions from Claude Code's transcripts, price them, and send them to the ledger.

Imports: whence_contract, whence_client, whence_hook.
"""
