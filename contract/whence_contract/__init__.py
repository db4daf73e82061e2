"""What every part of whence must agree on: repository identity, attribute names, labels. Standard library only, but for
``otlp``, which needs OpenTelemetry's messages.

Imports: nothing.
"""

__version__ = "0.1.0"
