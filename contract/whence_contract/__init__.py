"""What every part of whence must agree on: repository identity, attribute names, labels. Standard library only.

Imports: nothing.
"""

__version__ = "0.1.0"
