"""Amounts as people read them, in the viewer's locale: short where they are compared, exact where the pointer rests."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import negotiate_locale
from babel.localedata import locale_identifiers
from babel.numbers import format_compact_decimal, format_currency, format_decimal, format_percent

NONE = "–"

Number = Decimal | float | int | None


class Amount(NamedTuple):
    """``shown``: short. ``exact``: in full. ``raw``: to sort by."""

    shown: str
    exact: str = ""
    raw: float | str = ""


def locale_of(accepted: str) -> str:
    """The locale that an ``Accept-Language`` header prefers; English where none is known."""
    wanted = [part.partition(";")[0].strip().replace("-", "_") for part in accepted[:200].split(",")]
    found = negotiate_locale([one for one in wanted if one], _identifiers(), sep="_")
    try:
        return str(Locale.parse(found)) if found else "en_US"
    except (ValueError, UnknownLocaleError):
        return "en_US"


def money(value: Number, locale: str) -> Amount:
    """US dollars. An amount below a cent shows its first digits: it never looks like nothing."""
    if value is None:
        return Amount(NONE)
    number = Decimal(str(value))
    digits = 2
    while 0 < abs(number) < Decimal(5) / 10 ** (digits + 1) and digits < 9:
        digits += 1
    shown = format_currency(
        round(number, digits), "USD", _dollars(locale, "0" * digits), locale=locale, currency_digits=False
    )
    exact = format_currency(number, "USD", _dollars(locale, "00#######"), locale=locale, currency_digits=False)
    return Amount(shown, exact, float(number))


def count(value: Number, locale: str) -> Amount:
    """A number of things; parts of one where a split made them."""
    if value is None:
        return Amount(NONE)
    number = Decimal(str(value))
    exact = format_decimal(number.normalize(), "#,##0.#########", locale=locale)
    if abs(number) >= 100_000:
        return Amount(format_compact_decimal(float(number), locale=locale, fraction_digits=1), exact, float(number))
    whole = number == number.to_integral_value()
    digits = 0 if whole or abs(number) >= 100 else 1
    shown = format_decimal(round(number, digits), locale=locale)
    return Amount(
        f"<{format_decimal(0.1, locale=locale)}" if 0 < number < Decimal("0.05") else shown, exact, float(number)
    )


def share(value: Number, locale: str, signed: bool = False) -> Amount:
    """A part of one, in per cent."""
    if value is None:
        return Amount(NONE)
    shown = format_percent(value, "#,##0.0%", locale=locale)
    if 0 < value < 0.0005:
        shown = "<" + format_percent(0.001, "#,##0.0%", locale=locale)
    plus = "+" if signed and value > 0 else ""
    return Amount(plus + shown, format_percent(value, "#,##0.####%", locale=locale), float(value))


def duration(value: Number, locale: str) -> Amount:
    """Seconds, as hours and minutes."""
    if value is None:
        return Amount(NONE)
    minutes = round(float(value) / 60)
    hours = format_decimal(minutes // 60, locale=locale)
    shown = f"{hours} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min"
    return Amount(shown, f"{format_decimal(round(float(value)), locale=locale)} s", float(value))


def text(value: str | None, none: str = NONE) -> Amount:
    """A name, whatever is in it."""
    return Amount(value or none, value or none, (value or "").lower())


@lru_cache(maxsize=100)
def _dollars(locale: str, digits: str) -> str:
    """How the locale writes an amount of money, with these decimal digits."""
    pattern: str = Locale.parse(locale).currency_formats["standard"].pattern
    return pattern.replace("0.00", f"0.{digits}")


@lru_cache(maxsize=1)
def _identifiers() -> list[str]:
    return locale_identifiers()
