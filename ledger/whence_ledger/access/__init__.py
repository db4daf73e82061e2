"""Who may do what: tokens, browser sessions, the gate that every request passes, connections.

Imports: whence_contract, store.
"""
