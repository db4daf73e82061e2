"""What ends a run: shown as it is, without a traceback."""


class ClassifierError(Exception):
    """The run cannot be completed; the message says what happened, where, and what to do."""
