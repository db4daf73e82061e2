"""Labels of repositories."""

from enum import StrEnum


class Label(StrEnum):
    """Whether a repository belongs to the organization."""

    MANAGED = "Managed"
    UNMANAGED = "Unmanaged"
    UNKNOWN = "Unknown"
