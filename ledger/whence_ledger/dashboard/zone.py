"""Moments in the viewer's time zone."""

from datetime import UTC, datetime, tzinfo


def there(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment that a question answered (UTC, with or without saying so) in a time zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone)
