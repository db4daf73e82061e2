"""The error of this part."""


class HookError(Exception):
    """What was recorded cannot be sent; the message says where, why, and what to do. Nothing is lost by it."""
