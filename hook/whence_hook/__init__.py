"""The hook: records which repositories a Claude Code session touches and emits attribution spans.

``record`` runs once per hook event, inside the session, and imports only the cheapest part of the standard library.
``flush`` runs detached, afterwards, and may be slow.

Imports: whence_contract.
"""
