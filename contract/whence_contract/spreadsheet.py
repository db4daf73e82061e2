"""Spreadsheets: cells that cannot run."""


def cell(value: object) -> object:
    """``value`` for a CSV file. A spreadsheet runs a cell that begins like a formula; a quote before it makes it text.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{value}" if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
