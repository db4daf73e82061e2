"""Format amounts in the viewer's locale: short for display, exact for tooltips."""

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import negotiate_locale
from babel.dates import format_datetime
from babel.localedata import locale_identifiers
from babel.numbers import (
    NumberPattern,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    parse_pattern,
)

from whence_contract.share import at_least

NONE = "–"
MANIFOLD = 10
"""From here on a growth is said as a multiple: nobody reads 2,522,047.8 %."""

Number = Decimal | float | int | None


class Amount(NamedTuple):
    """A formatted amount. ``shown``: short. ``exact``: in full. ``raw``: the sort key."""

    shown: str
    exact: str = ""
    raw: float | str = ""


def locale_of(accepted: str) -> str:
    """Return the locale that an ``Accept-Language`` header prefers; English if it names none that we know."""
    wanted = [part.partition(";")[0].strip().replace("-", "_") for part in accepted[:200].split(",")]
    found = negotiate_locale([one for one in wanted if one], _identifiers(), sep="_")
    try:
        return str(Locale.parse(found)) if found else "en_US"
    except (ValueError, UnknownLocaleError):
        return "en_US"


def money(value: Number, locale: str) -> Amount:
    """Format US dollars. An amount below a cent shows its first digits, never $0.00."""
    if value is None:
        return Amount(NONE)
    number = Decimal(str(value))
    digits = 2
    while 0 < abs(number) < Decimal(5) / 10 ** (digits + 1) and digits < 9:
        digits += 1
    return Amount(
        _currency(round(number, digits), "0" * digits, locale), _currency(number, "00#######", locale), float(number)
    )


def count(value: Number, locale: str) -> Amount:
    """Format a count; a split can make it fractional."""
    if value is None:
        return Amount(NONE)
    number = Decimal(str(value))
    exact = format_decimal(number.normalize(), "#,##0.#########", locale=_known(locale))
    if abs(number) >= 100_000:
        return Amount(
            format_compact_decimal(float(number), locale=_known(locale), fraction_digits=1), exact, float(number)
        )
    is_integer = number == number.to_integral_value()
    digits = 0 if is_integer or abs(number) >= 100 else 1
    shown = format_decimal(round(number, digits), locale=_known(locale))
    return Amount(
        f"<{format_decimal(0.1, locale=_known(locale))}" if 0 < number < Decimal("0.05") else shown,
        exact,
        float(number),
    )


def lines(value: tuple[Number, Number] | None, locale: str) -> Amount:
    """Format lines added and removed."""
    if value is None:
        return Amount(NONE)
    added, removed = (count(one, locale) for one in value)
    return Amount(f"+{added.shown} −{removed.shown}", f"+{added.exact} −{removed.exact}", added.raw)


def share(value: Number, locale: str) -> Amount:
    """Format a fraction of one as a percentage."""
    if value is None:
        return Amount(NONE)
    less, number = at_least(value)
    shown = less + format_percent(number, "#,##0.0%", locale=_known(locale))
    return Amount(shown, format_percent(value, "#,##0.####%", locale=_known(locale)), float(value))


def growth(value: Number, locale: str) -> Amount:
    """Format a growth, as a fraction of what was before, as a percentage or a multiple."""
    percent = share(value, locale)
    if value is None or value <= 0:
        return percent
    if value + 1 >= MANIFOLD:
        return percent._replace(shown=f"× {count(round(value + 1), locale).shown}")
    return percent._replace(shown=f"+{percent.shown}")


def duration(value: Number, locale: str) -> Amount:
    """Format seconds as hours and minutes."""
    if value is None:
        return Amount(NONE)
    minutes = round(float(value) / 60)
    hours = format_decimal(minutes // 60, locale=_known(locale))
    shown = f"{hours} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    return Amount(shown, f"{format_decimal(round(float(value)), locale=_known(locale))} s", float(value))


def moment(value: datetime | None, locale: str) -> Amount:
    """Format a moment in its own time zone."""
    if value is None:
        return Amount(NONE)
    exact = f"{format_datetime(value, 'yyyy-MM-dd HH:mm:ss', locale=_known(locale))} {value.tzname() or ''}".rstrip()
    return Amount(format_datetime(value, "d MMM y HH:mm", locale=_known(locale)), exact, value.timestamp())


def text(value: str | None, none: str = NONE) -> Amount:
    """Format a name; ``none`` if it is empty."""
    return Amount(value or none, value or none, (value or "").lower())


def _currency(number: Decimal, digits: str, locale: str) -> str:
    return format_currency(number, "USD", _dollars(locale, digits), locale=_known(locale), currency_digits=False)


@lru_cache(maxsize=100)
def _dollars(locale: str, digits: str) -> NumberPattern:
    """Return the locale's currency pattern with these decimal digits."""
    pattern: str = _known(locale).currency_formats["standard"].pattern
    return parse_pattern(pattern.replace("0.00", f"0.{digits}"))


@lru_cache(maxsize=100)
def _known(locale: str) -> Locale:
    """Return the locale of that name. Reading the name takes as long as formatting a number."""
    return Locale.parse(locale)


@lru_cache(maxsize=1)
def _identifiers() -> list[str]:
    return locale_identifiers()
