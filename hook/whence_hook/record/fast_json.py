"""JSON without importing ``json``, whose Python half imports ``re``: that alone takes longer than a whole ``record``.

Part of the hot path. The accelerators in ``_json`` are CPython's own; where they are missing, ``json`` is used.
"""

try:
    from _json import encode_basestring_ascii as quote
    from _json import make_scanner

    class _Settings:
        """The settings that ``json.JSONDecoder`` passes to the scanner."""

        strict = False
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        parse_constant = float
        memo: dict[str, str] = {}  # noqa: RUF012

    _scan = make_scanner(_Settings)  # type: ignore[arg-type]

    def loads(text: str) -> object:
        """Parse one JSON value; raises ``ValueError``."""
        text = text.strip()
        try:
            value, end = _scan(text, 0)
        except (StopIteration, SystemError):
            # SystemError: the scanner wanted to raise JSONDecodeError, which lives in the module we do not import.
            raise ValueError("not a JSON value") from None
        if end != len(text):
            raise ValueError("more than one JSON value")
        return value

except ImportError:
    from json import loads  # type: ignore[assignment]
    from json.encoder import encode_basestring_ascii as quote

__all__ = ["loads", "quote"]
