"""What the hook keeps and knows of this machine: its configuration, spool, log and environment.

Imports: whence_contract.
"""
