"""Which folders and files a shell command reaches, read from its words. Part of the hot path: standard library only.

No shell is run and nothing is evaluated. The command is cut into words as the shell would (POSIX shell grammar,
https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html, or PowerShell's), ``cd`` and its kin are
followed, and a word counts when it leads to something that is there. What is computed at run time, such as
``$(…)`` or an unknown variable, stands as ``UNKNOWN`` and leads nowhere.
"""

import os

from whence_hook.worktree import find_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_COMMAND = 200_000
MAX_LOOKUPS = 500
MAX_NESTING = 4
MAX_EXPANSIONS = 64
UNKNOWN = "\0"

_KEYWORDS = frozenset(("if", "then", "elif", "else", "fi", "for", "while", "until", "do", "done", "case", "esac"))
_KEYWORDS |= frozenset(("in", "function", "select", "time", "!", "{", "}"))
_WRAPPERS = frozenset(
    ("sudo", "env", "command", "exec", "nohup", "time", "nice", "builtin", "xargs", "timeout", "stdbuf", "export")
)
_SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "pwsh", "powershell"))
_CHANGE = frozenset(("cd", "chdir", "set-location", "sl"))
_PUSH, _POP = frozenset(("pushd", "push-location")), frozenset(("popd", "pop-location"))
_SILENT = frozenset(("echo", "printf", "ssh", "write-output", "write-host"))
# Programs that take a folder to work in, and how they call it.
_DIRECTORY_OPTIONS = {
    "git": ("-C",),
    "make": ("-C", "--directory"),
    "gmake": ("-C", "--directory"),
    "ninja": ("-C",),
    "go": ("-C",),
    "tar": ("-C", "--directory"),
    "npm": ("--prefix",),
    "pnpm": ("-C", "--dir", "--prefix"),
    "yarn": ("--cwd",),
    "cargo": ("-C",),
    "uv": ("--directory", "--project"),
    "poetry": ("-C", "--directory"),
}
# Programs that work on the current folder when they are given no other.
_HERE = frozenset(_DIRECTORY_OPTIONS) | frozenset(
    ("gh", "hg", "ls", "tree", "find", "rg", "npx", "pytest", "tox", "mvn", "gradle", "pre-commit")
)


class Reach:
    """What a command reaches: ``paths``, and the folders that it commits in or opens pull requests from."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.commits: list[str] = []
        self.pull_requests: list[str] = []
        self.lookups = MAX_LOOKUPS


def reach(command: str, cwd: str, powershell: bool = False) -> Reach:
    """Read ``command``, started in ``cwd``. Linear in its length, and bounded in how often it looks at the disk."""
    found = Reach()
    _Shell(cwd, found, powershell).run(command[:MAX_COMMAND])
    return found


class _Word:
    """A word with its quotes removed. ``patterns``: it holds unquoted ``*``, ``?``, ``[`` or ``{``."""

    def __init__(self, text: str, patterns: bool, redirected: bool) -> None:
        self.text, self.patterns, self.redirected = text, patterns, redirected


class _Shell:
    """The state of a shell as far as paths depend on it."""

    def __init__(self, cwd: str, found: Reach, powershell: bool, nesting: int = 0) -> None:
        self.cwd, self.previous = cwd, cwd
        self.pushed: list[str] = []
        self.variables: dict[str, str] = {}
        self.named = False
        self.found, self.powershell, self.nesting = found, powershell, nesting

    def run(self, command: str) -> None:
        """Follow a whole command; subshells get their folder back when they end."""
        outer: list[tuple[str, str, list[str]]] = []
        words: list[_Word] = []
        for item in _Reader(command, self).tokens():
            if isinstance(item, _Word):
                words.append(item)
                continue
            self._simple_command(words)
            words = []
            if item == "(":
                outer.append((self.cwd, self.previous, list(self.pushed)))
            elif item == ")" and outer:
                self.cwd, self.previous, self.pushed = outer.pop()
        self._simple_command(words)

    def nested(self, command: str) -> None:
        """A command inside another one: a substitution, or the argument of ``sh -c``."""
        if self.nesting < MAX_NESTING:
            inner = _Shell(self.cwd, self.found, self.powershell, self.nesting + 1)
            inner.variables = self.variables
            inner.run(command)

    def lookup(self, name: str) -> str:
        """The value of a variable, as the session's environment or the command itself sets it."""
        if name.upper() == "PWD":
            return self.cwd
        if name in {"OLDPWD", "HOME"} or name.upper() == "USERPROFILE":
            return self.previous if name == "OLDPWD" else os.path.expanduser("~")
        return self.variables.get(name, os.environ.get(name, UNKNOWN))

    def _simple_command(self, words: list[_Word]) -> None:
        self.named = False
        words = self._without_prefixes(words)
        if not words:
            return
        program = os.path.basename(words[0].text).lower().removesuffix(".exe")
        arguments = [word for word in words[1:] if not word.redirected]
        texts = [word.text for word in arguments]
        plain = [text for text in texts if not text.startswith("-") or text == "-"]
        if program in _CHANGE:
            self._change(self.previous if plain[:1] == ["-"] else plain[0] if plain else os.path.expanduser("~"))
        elif program in _PUSH:
            self.pushed.append(self.cwd)
            self._change(plain[0] if plain else self.previous)
        elif program in _POP and self.pushed:
            self._change(self.pushed.pop())
        elif program == "eval":
            self.nested(" ".join(texts))
        elif program in _SHELLS and any(text.lower() in {"-c", "-lc", "-command"} for text in texts[:-1]):
            self.nested(texts[-1])
        else:
            self._program(program, words)

    def _program(self, program: str, words: list[_Word]) -> None:
        outside = self.cwd
        self.cwd, words = self._working_folder(program, words)
        counted = [word for word in words[1:] if word.redirected or program not in _SILENT]
        reached = [self._reach(word) for word in counted]
        if self.cwd != outside or (program in _HERE and not any(reached) and not self.named):
            self.found.paths.append(self.cwd)
        texts = [word.text for word in words[1:] if not word.redirected]
        verbs = [text for text in texts if not text.startswith("-")]
        if program == "git" and verbs[:1] == ["commit"] and "--dry-run" not in texts:
            self.found.commits.append(self.cwd)
        if program == "gh" and verbs[:2] == ["pr", "create"]:
            self.found.pull_requests.append(self.cwd)
        if "clone" in verbs[:2]:
            # git and gh name the new folder after the repository unless they are told otherwise.
            for text in verbs[1:]:
                self._reach_text(os.path.basename(text.rstrip("/")).removesuffix(".git"), False)
        self.cwd = outside

    def _working_folder(self, program: str, words: list[_Word]) -> tuple[str, list[_Word]]:
        """The folder that options such as ``git -C`` choose, and the words without those options."""
        options = _DIRECTORY_OPTIONS.get(program, ())
        folder, waiting = self.cwd, False
        rest: list[_Word] = []
        for word in words:
            option, _, value = word.text.partition("=")
            if waiting or (value and option in options):
                folder = os.path.join(folder, os.path.expanduser(word.text if waiting else value))
                waiting = False
            elif word.text in options:
                waiting = True
            elif program == "git" and rest and rest[-1].text == "-c":
                rest.pop()
            else:
                rest.append(word)
        return (self.cwd if UNKNOWN in folder else folder), rest

    def _without_prefixes(self, words: list[_Word]) -> list[_Word]:
        """Without keywords, wrappers and assignments; an assignment is remembered, and its value counts as a word."""
        for start, word in enumerate(words):
            name, equals, value = word.text.partition("=")
            if equals and name.removeprefix("$").isidentifier():
                self.variables[name.removeprefix("$")] = value
                self._reach(_Word(value, False, False))
                # What it works on is named: GIT_DIR=… git log
                self.named = self.named or name in {"GIT_DIR", "GIT_WORK_TREE"}
            elif word.text not in _KEYWORDS and word.text not in _WRAPPERS:
                return words[start:]
        return []

    def _change(self, target: str) -> None:
        folder = self._join(target)
        if UNKNOWN not in folder and os.path.isdir(folder):
            self.previous, self.cwd = self.cwd, folder
            self.found.paths.append(folder)

    def _reach(self, word: _Word) -> bool:
        """Count what the word leads to; true if it leads anywhere."""
        texts = _braces(word.text) if word.patterns and "{" in word.text else [word.text]
        reached = [self._reach_text(text, word.patterns) for text in texts]
        return any(reached)

    def _reach_text(self, text: str, patterns: bool) -> bool:
        if text.startswith("-") or ("=" in text and not os.path.lexists(self._join(text))):
            # --option=path, -Ipath, of=path
            text = text.partition("=")[2] or text[2:]
        text = text.removeprefix("file://")
        if UNKNOWN in text:
            text = text.partition(UNKNOWN)[0].rpartition("/")[0]
        if not text or self.found.lookups <= 0:
            return False
        self.found.lookups -= 1
        path = self._join(text)
        if patterns and any(character in text for character in "*?["):
            return self._reach_pattern(path)
        # An absolute path leads somewhere by itself; a relative one only when it, or the folder it names, is there.
        there = os.path.isabs(os.path.expanduser(text)) or os.path.lexists(path)
        if there or ("/" in text.rstrip("/") and os.path.isdir(os.path.dirname(path))):
            self.found.paths.append(path)
            return True
        return False

    def _reach_pattern(self, path: str) -> bool:
        """Count the fixed beginning of a pattern where that lies in a repository, else what the pattern matches."""
        from glob import iglob

        fixed = os.path.dirname(path[: min(path.find(character) for character in "*?[" if character in path)])
        in_repository = find_root(fixed) is not None and os.path.isdir(fixed)
        matches = iter([fixed]) if in_repository else iglob(path)
        found = [match for match, _ in zip(matches, range(MAX_EXPANSIONS), strict=False)]
        self.found.paths += found
        return bool(found)

    def _join(self, text: str) -> str:
        try:
            return os.path.join(self.cwd, os.path.expanduser(text))
        except ValueError:
            return UNKNOWN


class _Reader:
    """Cuts a command into words and the operators between simple commands."""

    def __init__(self, text: str, shell: _Shell) -> None:
        self.text, self.shell = text, shell
        self.at = 0
        self.escape = "`" if shell.powershell else "\\"
        self.ends = frozenset(" \t\r\n;&|()<>" + ("{}" if shell.powershell else ""))
        self.here_documents: list[tuple[str, bool]] = []

    def tokens(self) -> "Iterator[_Word | str]":
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
            elif self.shell.powershell and two in {"@'", '@"'}:
                self.at = self._find("\n" + two[1] + "@") + 3
            elif character in self.ends:
                self.at += 1
                yield character
            else:
                yield self._word(redirected)
                redirected = False

    def _word(self, redirected: bool) -> _Word:
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
        return _Word("".join(parts), patterns, redirected)

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
            self.shell.nested(self._until("`"))
            return UNKNOWN
        following = self.text[self.at + 1 : self.at + 2]
        if following == "(":
            self.shell.nested(self._parenthesis())
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
        return self.shell.lookup(name) if name.isidentifier() else UNKNOWN

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


def _braces(text: str) -> list[str]:
    """Brace expansion of lists, ``a{b,c}``, up to ``MAX_EXPANSIONS`` words."""
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
