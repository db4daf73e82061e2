"""The client of a ledger: one place for its address, its tokens, its pages, and what to say when it does not answer.

Imports: whence_contract.
"""
