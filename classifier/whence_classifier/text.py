"""Decode text files from any editor."""

import codecs

from whence_classifier.error import ClassifierError


def decode(content: bytes, name: str) -> str:
    """Decode UTF-8, or UTF-16 with a byte order mark, as PowerShell 5 and Notepad write it.

    ``name``: the file's name, for the error message. Raises ``ClassifierError`` for other encodings.
    """
    is_utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # UTF-16 without a mark decodes as UTF-8 with NUL characters.
    if not is_utf16 and b"\0" in content[:2]:
        raise ClassifierError(f"{name} is not UTF-8 text. Save it as UTF-8.")
    try:
        return content.decode("utf-16" if is_utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise ClassifierError(f"{name} is not UTF-8 text. Save it as UTF-8.") from error
