"""The error of this part."""


class HookError(Exception):
    """The records cannot be sent; the message says where, why, and what to do. Nothing is lost."""
