"""Definitions that all parts of whence share: repository identity, attribute names, labels. They use only the standard
library, except ``otlp``, which needs OpenTelemetry's messages.

Imports: nothing.
"""

__version__ = "0.1.0"
