"""The hot path: one hook event in, one line in the spool out. Standard library only, and fast.

Imports: machine.
"""
