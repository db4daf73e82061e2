"""From an OTLP request to stored rows, left to right: receiver, otlp, point, event and span, commit.

Imports: whence_contract, model, store, access.
"""
