"""Labels: whose a repository is."""

from enum import StrEnum


class Label(StrEnum):
    """Whose work a repository holds, as far as the organization's own list can tell."""

    MANAGED = "Managed"
    UNMANAGED = "Unmanaged"
    UNKNOWN = "Unknown"
