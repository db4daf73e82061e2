"""The hook: records which repositories a Claude Code session touches and emits attribution spans.

``record`` runs once per hook event, inside the session, and imports only the cheapest part of the standard library.
``flush`` runs detached, after the fact, and may take its time.

Imports: whence_contract.
"""
