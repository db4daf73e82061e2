"""Split a shell command into words and unquote them as the shell does. Part of the hot path: no imports.

POSIX shell grammar (https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html) with bash's lists in
braces, or PowerShell's (about_Quoting_Rules, about_Special_Characters). Values that are computed at run time, such as
``$(…)`` or an unknown variable, become ``UNKNOWN``.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_EXPANSIONS = 64
UNKNOWN = "\0"


class Word:
    """A word with its quotes removed. ``patterns``: it contains unquoted ``*``, ``?``, ``[`` or ``{``. ``redirected``:
    it is the file of a redirection. ``quoted``: it contained quotes."""

    def __init__(self, text: str, patterns: bool, redirected: bool, quoted: bool = False) -> None:
        self.text, self.patterns, self.redirected, self.quoted = text, patterns, redirected, quoted


class Reader:
    """Splits a command into words and the operators between simple commands."""

    def __init__(
        self, text: str, powershell: bool, lookup: "Callable[[str], str]", nested: "Callable[[str], str]"
    ) -> None:
        """``lookup``: returns the value of a variable. ``nested``: follows the command inside a substitution and
        returns what it prints. ``body``: the here-document of the current command."""
        self.text, self.powershell, self.lookup, self.nested = text, powershell, lookup, nested
        self.at = 0
        self.escape = "`" if powershell else "\\"
        self.ends = frozenset(" \t\r\n;&|()<>" + ("{}" if powershell else ""))
        self.body: str | None = None
        self.here_end = 0
        self.redirects = False

    def tokens(self) -> "Iterator[Word | str]":
        """Yield words and, as plain text, the operators that end a simple command; there is always one at the very end.

        At an operator, the caller may move ``at`` back, for example to the beginning of a loop.
        """
        while True:
            while self.at < len(self.text):
                begin = self.at
                operator = self._separator()
                if operator:
                    yield operator
                elif self.at == begin:
                    word = self._word(self.redirects)
                    self.redirects = False
                    # The number of a stream is not a word: 2>file
                    if not (word.text.isdigit() and self.text[self.at : self.at + 1] in {"<", ">"}):
                        yield word
            yield "\n"
            if self.at >= len(self.text):
                return

    def _separator(self) -> str:
        """Skip everything between words; return the operator if it ends a simple command, else empty."""
        character, two = self.text[self.at], self.text[self.at : self.at + 2]
        if character in " \t\r":
            self.at += 1
        elif two == self.escape + "\n":
            self.at += 2
        elif character == "\n":
            self.at = max(self.at + 1, self.here_end)
            self.here_end = 0
            return character
        elif character == "#":
            self.at = self._find("\n")
        elif character in "<>" or two == "&>":
            self._redirection(two)
        elif self.powershell and two in {"@'", '@"'}:
            self.at = self._find("\n" + two[1] + "@") + 3
        elif character in self.ends:
            self.at += 1
            return character
        return ""

    def _redirection(self, two: str) -> None:
        if two in {"<(", ">("}:
            self.at += 1
        elif self.text.startswith("<<<", self.at):
            self.at += 3
            self._skip_blanks()
            self.body = self._word(False).text
        elif two == "<<":
            self._here_document()
        else:
            self.redirects = True
            while self.text[self.at : self.at + 1] in {"<", ">", "&", "|"}:
                self.at += 1
                # 2>&1, >&-
                if self.text[self.at - 1] == "&" and self.text[self.at : self.at + 1] in tuple("0123456789-"):
                    self.at += 1
                    self.redirects = False
                    return

    def _word(self, redirected: bool) -> Word:
        parts: list[str] = []
        patterns = quoted = False
        while self.at < len(self.text) and (character := self.text[self.at]) not in self.ends:
            quoted = quoted or character in {"'", '"', self.escape}
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
        return Word("".join(parts), patterns, redirected, quoted)

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
        """Read an escaped character, a variable or a substitution."""
        if character == self.escape:
            self.at += 2
            return self.text[self.at - 1 : self.at].replace("\n", "")
        if character == "`":
            return self.nested(self._until("`"))
        following = self.text[self.at + 1 : self.at + 2]
        if following == "(":
            return self.nested(self._parenthesis())
        if following in {"'", '"'}:
            self.at += 1
            return ""
        if following == "{":
            return self._parameter(self._braces())
        start = self.at = self.at + 1
        while self.text[self.at : self.at + 1].isalnum() or self.text[self.at : self.at + 1] in {"_", ":"}:
            self.at += 1
        return self._variable(self.text[start : self.at])

    def _braces(self) -> str:
        """Return the inside of ``${…}``, which may be nested."""
        self.at += 2
        start, depth = self.at, 1
        while self.at < len(self.text) and depth:
            depth += (self.text[self.at] == "{") - (self.text[self.at] == "}")
            self.at += 1
        return self.text[start : self.at - (depth == 0)]

    def _parameter(self, text: str) -> str:
        """Expand ``${name}``, also with a default (``:-``, ``:=``) or a prefix or suffix to remove (``%``, ``#``)."""
        name = text.rstrip("}")
        length = 0
        while name[length : length + 1].isalnum() or name[length : length + 1] in {"_", ":"}:
            if name.startswith((":-", ":=", ":+", ":?"), length):
                break
            length += 1
        name, rest = text[:length], text[length:]
        value = self._variable(name)
        if not rest or (value == UNKNOWN and rest[0] not in ":-="):
            return value
        if rest[:2] in {":-", ":="} or rest[:1] in {"-", "="}:
            default = rest[2:] if rest[0] == ":" else rest[1:]
            inner = Reader(default.strip("\"'"), self.powershell, self.lookup, self.nested)
            return value if value not in {UNKNOWN, ""} else inner._word(False).text
        cut = rest.lstrip("%#")
        if rest[0] == "%":
            return value.removesuffix(cut) if not set(cut) & set("*?[") else UNKNOWN
        return value.removeprefix(cut) if rest[0] == "#" and not set(cut) & set("*?[") else UNKNOWN

    def _variable(self, name: str) -> str:
        name = name[4:] if name.lower().startswith("env:") else name
        return self.lookup(name) if name.isidentifier() or name.isdigit() else UNKNOWN

    def _parenthesis(self) -> str:
        """Return the inside of ``$(…)``; quotes in it may contain parentheses."""
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
        """Read the delimiter after ``<<``, and the body, which begins on the next line or after the previous
        here-document."""
        self.at += 2
        tabs = self.text.startswith("-", self.at)
        self.at += tabs
        self._skip_blanks()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in self.ends:
            self.at += 1
        delimiter = self.text[start : self.at].replace("'", "").replace('"', "").replace("\\", "")
        begin = line = self.here_end or self._find("\n") + 1
        while line < len(self.text):
            end = self.text.find("\n", line)
            end = len(self.text) if end < 0 else end
            text = self.text[line:end]
            if (text.lstrip("\t") if tabs else text) == delimiter:
                self.body, self.here_end = self.text[begin:line], end + 1
                return
            line = end + 1
        self.body, self.here_end = self.text[begin:], len(self.text)

    def _skip_blanks(self) -> None:
        while self.text[self.at : self.at + 1] in {" ", "\t"}:
            self.at += 1

    def _until(self, quote: str) -> str:
        """Return the text up to the next ``quote``; the rest if there is none."""
        start = self.at + 1
        end = self.text.find(quote, start)
        self.at = len(self.text) if end < 0 else end + 1
        return self.text[start : self.at - 1 if end >= 0 else None]

    def _find(self, text: str) -> int:
        found = self.text.find(text, self.at)
        return len(self.text) if found < 0 else found


def expand_braces(text: str) -> list[str]:
    """Return the words that ``a{b,c}`` expands to, at most ``MAX_EXPANSIONS``."""
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
