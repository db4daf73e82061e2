"""The SQL of a question, in DuckDB's dialect."""

import re
from functools import cache

from whence_ledger.model.insight import RULES
from whence_ledger.store.database import text


@cache
def sql_of(name: str) -> str:
    """Return ``sql/questions/<name>.sql``. In that of the insights ``{rules}`` stands for all of ``sql/insights``."""
    sql = text(f"questions/{name}.sql")
    return sql.replace("{rules}", "\n    UNION ALL\n    ".join(map(_rule, RULES))) if "{rules}" in sql else sql


def _rule(name: str) -> str:
    """Return the rows of a rule, with its name. Its thresholds are numbers of ours, not a user's."""
    numbers = RULES[name].thresholds
    sql = text(f"insights/{name}.sql").rstrip().removesuffix(";")
    sql = re.sub(r"\$(\w+)", lambda threshold: str(numbers[threshold[1]]), sql)
    return f"SELECT '{name}' AS rule, * FROM (\n{sql}\n    )"  # noqa: S608
