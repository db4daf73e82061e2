"""Which folders and files a shell command reaches, read from its words. Part of the hot path: standard library only.

No shell is run and nothing is evaluated: ``cd`` and its kin are followed, and a word counts when it leads to something
that is there.
"""

import os

from whence_hook.record.words import MAX_EXPANSIONS, UNKNOWN, Reader, Word, expand_braces
from whence_hook.record.worktree import find_root

MAX_COMMAND = 200_000
MAX_LOOKUPS = 500
MAX_NESTING = 4

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
    """What a command reaches: ``paths``; ``repositories``, the addresses of those that it names without a folder;
    the folders, ``UNKNOWN`` where nobody can tell, or addresses that it commits in or opens pull requests for.
    ``moves``: how often the shell itself changes its folder."""

    def __init__(self) -> None:
        self.repositories: list[str] = []
        self.moves = 0
        self.paths: list[str] = []
        self.commits: list[str] = []
        self.pull_requests: list[str] = []
        self.lookups = MAX_LOOKUPS


def reach(
    command: str, cwd: str, powershell: bool = False, before: bool = False, landing: tuple[int, str] | None = None
) -> Reach:
    """Read ``command``, started in ``cwd``. Linear in its length, and bounded in how often it looks at the disk.

    ``before``: it has not run yet, so that a folder that is not there may be one that it makes. ``landing``, for a
    ``cwd`` that is ``UNKNOWN``: how many moves it makes, and the folder that the last one led to.
    """
    found = Reach()
    shell = _Shell(cwd, found, powershell)
    shell.before, shell.landing = before, landing
    shell.run(command[:MAX_COMMAND])
    return found


class _Shell:
    """The state of a shell as far as paths depend on it."""

    def __init__(self, cwd: str, found: Reach, powershell: bool, nesting: int = 0) -> None:
        self.cwd, self.previous = cwd, cwd
        self.pushed: list[str] = []
        self.variables: dict[str, str] = {}
        self.named = self.before = False
        self.landing: tuple[int, str] | None = None
        self.depth = 0
        self.found, self.powershell, self.nesting = found, powershell, nesting

    def run(self, command: str) -> None:
        """Follow a whole command; subshells get their folder back when they end."""
        outer: list[tuple[str, str, list[str]]] = []
        words: list[Word] = []
        for item in Reader(command, self.powershell, self.lookup, self.nested).tokens():
            if isinstance(item, Word):
                words.append(item)
                continue
            self._simple_command(words)
            words = []
            if item == "(":
                outer.append((self.cwd, self.previous, list(self.pushed)))
            elif item == ")" and outer:
                self.cwd, self.previous, self.pushed = outer.pop()
            self.depth = len(outer)
        self._simple_command(words)

    def nested(self, command: str) -> None:
        """A command inside another one: a substitution, or the argument of ``sh -c``."""
        if self.nesting < MAX_NESTING:
            inner = _Shell(self.cwd, self.found, self.powershell, self.nesting + 1)
            inner.variables, inner.before = self.variables, self.before
            inner.run(command)

    def lookup(self, name: str) -> str:
        """The value of a variable, as the session's environment or the command itself sets it."""
        if name.upper() == "PWD":
            return self.cwd
        if name in {"OLDPWD", "HOME"} or name.upper() == "USERPROFILE":
            return self.previous if name == "OLDPWD" else os.path.expanduser("~")
        return self.variables.get(name, os.environ.get(name, UNKNOWN))

    def _simple_command(self, words: list[Word]) -> None:
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

    def _program(self, program: str, words: list[Word]) -> None:
        outside = self.cwd
        self.cwd, words = self._working_folder(program, words)
        counted = [word for word in words[1:] if word.redirected or program not in _SILENT]
        reached = [self._reach(word) for word in counted]
        if self.cwd != outside or (program in _HERE and not any(reached) and not self.named):
            self._here()
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

    def _here(self) -> None:
        if UNKNOWN not in self.cwd:
            self.found.paths.append(self.cwd)

    def _working_folder(self, program: str, words: list[Word]) -> tuple[str, list[Word]]:
        """The folder that options such as ``git -C`` choose, and the words without those options."""
        options = _DIRECTORY_OPTIONS.get(program, ())
        folder, waiting = self.cwd, False
        rest: list[Word] = []
        for word in words:
            option, _, value = word.text.partition("=")
            if waiting or (value and option in options):
                folder = _join(folder, word.text if waiting else value)
                waiting = False
            elif word.text in options:
                waiting = True
            elif program == "git" and rest and rest[-1].text == "-c":
                rest.pop()
            else:
                rest.append(word)
        return (self.cwd if UNKNOWN in folder else folder), rest

    def _without_prefixes(self, words: list[Word]) -> list[Word]:
        """Without keywords, wrappers and assignments; an assignment is remembered, and its value counts as a word."""
        wrapped = False
        for start, word in enumerate(words):
            name, equals, value = word.text.partition("=")
            if equals and name.removeprefix("$").isidentifier():
                self.variables[name.removeprefix("$")] = value
                self._reach(Word(value, False, False))
                # What it works on is named: GIT_DIR=… git log
                self.named = self.named or name in {"GIT_DIR", "GIT_WORK_TREE"}
            elif word.text in _WRAPPERS:
                wrapped = True
            elif word.text not in _KEYWORDS and not (wrapped and (word.text[:1] == "-" or word.text[:1].isdigit())):
                return words[start:]
        return []

    def _change(self, target: str) -> None:
        folder = _join(self.cwd, target)
        if self.nesting == 0 and self.depth == 0:
            self.found.moves += 1
            if self.landing and UNKNOWN in folder and self.found.moves == self.landing[0]:
                name = os.path.basename(target.rstrip("/"))
                # Claude Code takes a session back to its own folder when a command has left it.
                if name in {"", ".", "..", "-"} or UNKNOWN in name or name == os.path.basename(self.landing[1]):
                    folder = self.landing[1]
        if UNKNOWN in folder or os.path.isdir(folder):
            self._go(folder)
        elif self.before:
            self._go(UNKNOWN)

    def _go(self, folder: str) -> None:
        self.previous, self.cwd = self.cwd, folder
        if UNKNOWN not in folder:
            self.found.paths.append(folder)

    def _reach(self, word: Word) -> bool:
        """Count what the word leads to; true if it leads anywhere."""
        texts = expand_braces(word.text) if word.patterns and "{" in word.text else [word.text]
        reached = [self._reach_text(text, word.patterns) for text in texts]
        return any(reached)

    def _reach_text(self, text: str, patterns: bool) -> bool:
        if text.startswith("-") or ("=" in text and not os.path.lexists(_join(self.cwd, text))):
            # --option=path, -Ipath, of=path
            text = text.partition("=")[2] or text[2:]
        text = text.removeprefix("file://")
        if UNKNOWN in text:
            text = text.partition(UNKNOWN)[0].rpartition("/")[0]
        if not text or self.found.lookups <= 0:
            return False
        self.found.lookups -= 1
        path = _join(self.cwd, text)
        if path == UNKNOWN:
            return False
        if patterns and any(character in text for character in "*?["):
            return self._reach_pattern(path)
        # An absolute path leads somewhere by itself; a relative one only when it, or the folder it names, is there.
        there = os.path.isabs(_join("", text)) or os.path.lexists(path)
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


def _join(folder: str, text: str) -> str:
    """``text`` as a path, relative to ``folder`` unless it is absolute or begins with a home directory.

    ``UNKNOWN`` for what no file system can hold: a null character, or half of a surrogate pair.
    """
    try:
        path = os.path.join(folder, os.path.expanduser(text))
        os.fsencode(path)
    except ValueError:
        return UNKNOWN
    return UNKNOWN if UNKNOWN in path else path
