"""The error that ends a run. The command shows it without a traceback."""


class ClassifierError(Exception):
    """The run cannot be completed; the message says what happened, where, and what to do."""
