"""Moments in the viewer's time zone."""

from datetime import UTC, datetime, tzinfo


def there(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment from a question's rows (UTC, naive or aware) in a time zone."""
    return moment.replace(tzinfo=UTC).astimezone(zone)
