"""The words of a shell command, cut and unquoted as the shell would. Part of the hot path: no imports.

POSIX shell grammar (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html) with bash's lists in
braces, or PowerShell's (about_Quoting_Rules, about_Special_Characters). What is computed at run time, such as ``$(…)``
or an unknown variable, stands as ``UNKNOWN``.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_EXPANSIONS = 64
UNKNOWN = "\0"


class Word:
    """A word with its quotes removed. ``patterns``: it holds unquoted ``*``, ``?``, ``[`` or ``{``."""

    def __init__(self, text: str, patterns: bool, redirected: bool) -> None:
        self.text, self.patterns, self.redirected = text, patterns, redirected


class Reader:
    """Cuts a command into words and the operators between simple commands."""

    def __init__(
        self, text: str, powershell: bool, lookup: "Callable[[str], str]", nested: "Callable[[str], None]"
    ) -> None:
        """``lookup`` gives the value of a variable; ``nested`` is told the command inside a substitution."""
        self.text, self.powershell, self.lookup, self.nested = text, powershell, lookup, nested
        self.at = 0
        self.escape = "`" if powershell else "\\"
        self.ends = frozenset(" \t\r\n;&|()<>" + ("{}" if powershell else ""))
        self.here_documents: list[tuple[str, bool]] = []

    def tokens(self) -> "Iterator[Word | str]":
        """Words, and as plain text the operators that end a simple command."""
        redirected = False
        while self.at < len(self.text):
            character, two = self.text[self.at], self.text[self.at : self.at + 2]
            if character in " \t\r":
                self.at += 1
            elif two == self.escape + "\n":
                self.at += 2
            elif character == "\n":
                self.at += 1
                self._skip_here_documents()
                yield character
            elif character == "#":
                self.at = self._find("\n")
            elif two in {"<(", ">("}:
                self.at += 1
            elif two == "<<" and not self.text.startswith("<<<", self.at):
                self._here_document()
            elif character in "<>" or two == "&>":
                while self.text[self.at : self.at + 1] in {"<", ">", "&", "|"}:
                    self.at += 1
                redirected = True
            elif self.powershell and two in {"@'", '@"'}:
                self.at = self._find("\n" + two[1] + "@") + 3
            elif character in self.ends:
                self.at += 1
                yield character
            else:
                yield self._word(redirected)
                redirected = False

    def _word(self, redirected: bool) -> Word:
        parts: list[str] = []
        patterns = False
        while self.at < len(self.text) and (character := self.text[self.at]) not in self.ends:
            if character == "'":
                parts.append(self._until("'"))
            elif character == '"':
                parts.append(self._double_quoted())
            elif character in {"$", "`"} or character == self.escape:
                parts.append(self._special(character))
            else:
                patterns = patterns or character in "*?[{"
                parts.append(character)
                self.at += 1
        return Word("".join(parts), patterns, redirected)

    def _double_quoted(self) -> str:
        parts: list[str] = []
        self.at += 1
        while self.at < len(self.text) and (character := self.text[self.at]) != '"':
            if character in {"$", "`"} or character == self.escape:
                parts.append(self._special(character))
            else:
                parts.append(character)
                self.at += 1
        self.at += 1
        return "".join(parts)

    def _special(self, character: str) -> str:
        """An escaped character, a variable or a substitution."""
        if character == self.escape:
            self.at += 2
            return self.text[self.at - 1 : self.at].replace("\n", "")
        if character == "`":
            self.nested(self._until("`"))
            return UNKNOWN
        following = self.text[self.at + 1 : self.at + 2]
        if following == "(":
            self.nested(self._parenthesis())
            return UNKNOWN
        if following in {"'", '"'}:
            self.at += 1
            return ""
        if following == "{":
            return self._variable(self._until("}")[1:])
        start = self.at = self.at + 1
        while self.text[self.at : self.at + 1].isalnum() or self.text[self.at : self.at + 1] in {"_", ":"}:
            self.at += 1
        return self._variable(self.text[start : self.at])

    def _variable(self, name: str) -> str:
        name = name[4:] if name.lower().startswith("env:") else name
        return self.lookup(name) if name.isidentifier() else UNKNOWN

    def _parenthesis(self) -> str:
        """The inside of ``$(…)``; quotes in it may hold parentheses."""
        self.at += 2
        start, depth, quote = self.at, 1, ""
        while self.at < len(self.text) and depth:
            character = self.text[self.at]
            if quote:
                quote = "" if character == quote else quote
            elif character in {"'", '"'}:
                quote = character
            else:
                depth += (character == "(") - (character == ")")
            self.at += 1
        return self.text[start : self.at - (depth == 0)]

    def _here_document(self) -> None:
        """Note the delimiter after ``<<``; the body begins on the next line."""
        self.at += 2
        tabs = self.text.startswith("-", self.at)
        self.at += tabs
        while self.text[self.at : self.at + 1] in {" ", "\t"}:
            self.at += 1
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in self.ends:
            self.at += 1
        delimiter = self.text[start : self.at].replace("'", "").replace('"', "").replace("\\", "")
        self.here_documents.append((delimiter, tabs))

    def _skip_here_documents(self) -> None:
        for delimiter, tabs in self.here_documents:
            while self.at < len(self.text):
                start, self.at = self.at, self._find("\n") + 1
                line = self.text[start : self.at - 1]
                if (line.lstrip("\t") if tabs else line) == delimiter:
                    break
        self.here_documents = []

    def _until(self, quote: str) -> str:
        """What stands between here and the next ``quote``; the rest if there is none."""
        start = self.at + 1
        end = self.text.find(quote, start)
        self.at = len(self.text) if end < 0 else end + 1
        return self.text[start : self.at - 1 if end >= 0 else None]

    def _find(self, text: str) -> int:
        found = self.text.find(text, self.at)
        return len(self.text) if found < 0 else found


def expand_braces(text: str) -> list[str]:
    """The words that ``a{b,c}`` stands for, up to ``MAX_EXPANSIONS``."""
    done: list[str] = []
    waiting = [text]
    while waiting and len(done) + len(waiting) <= MAX_EXPANSIONS:
        word = waiting.pop()
        close = word.find("}")
        start = word.rfind("{", 0, close) if close >= 0 else -1
        if start < 0 or "," not in word[start:close]:
            done.append(word)
            continue
        waiting += [word[:start] + choice + word[close + 1 :] for choice in word[start + 1 : close].split(",")]
    return done + waiting
