"""The hook's files and settings on this machine: its configuration, spool, log and environment.

Imports: whence_contract.
"""
