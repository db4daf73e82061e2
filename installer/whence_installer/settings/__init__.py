"""Claude Code's settings: what we put into them, and how it is taken out again byte for byte.

Imports: whence_contract, whence_hook.
"""
