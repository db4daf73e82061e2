"""Claude Code's settings: add our entries, and remove them again byte for byte.

Imports: whence_contract, whence_hook.
"""
