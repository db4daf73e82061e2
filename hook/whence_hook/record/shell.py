"""Find the folders and files that a shell command reaches, by its words. Part of the hot path: standard library only.

No shell runs and nothing is evaluated: ``cd`` and similar commands are followed, loops over known words are
unrolled, and a word counts if it leads to something that exists.
"""

import os

from whence_hook.record import named, programs
from whence_hook.record.code import paths_in
from whence_hook.record.paths import Reach, join, reach_text, reach_word
from whence_hook.record.prefixes import without_prefixes
from whence_hook.record.values import expand, output_of
from whence_hook.record.words import UNKNOWN, Reader, Word

MAX_COMMAND = 200_000
MAX_NESTING = 4
MAX_ROUNDS = 256

_CHANGE = frozenset(("cd", "chdir", "set-location", "sl"))
_PUSH, _POP = frozenset(("pushd", "push-location")), frozenset(("popd", "pop-location"))
_OPENING = frozenset(("do", "then", "else", "elif", "if", "{", "!", "time"))


def reach(
    command: str, cwd: str, powershell: bool = False, before: bool = False, landing: tuple[int, str] | None = None
) -> Reach:
    """Read ``command``, started in ``cwd``. Linear in its length, and bounded in how often it looks at the disk.

    ``before``: the command has not run yet, so it may create folders that do not exist. ``landing``, if ``cwd`` is
    ``UNKNOWN``: how many moves the command makes, and the folder that the last one led to.
    """
    found = Reach()
    shell = _Shell(cwd, found, powershell)
    shell.before, shell.landing = before, landing
    shell.run(command[:MAX_COMMAND])
    return found


class _Loop:
    """A running loop: its variable, the remaining values, and where its body begins."""

    def __init__(self, name: str, values: list[str], start: int) -> None:
        self.name, self.values, self.start = name, values, start


class _Shell:
    """The part of a shell's state that paths depend on."""

    def __init__(self, cwd: str, found: Reach, powershell: bool, nesting: int = 0) -> None:
        self.cwd, self.previous = cwd, cwd
        self.pushed: list[str] = []
        self.variables: dict[str, str] = {}
        self.before = False
        self.landing: tuple[int, str] | None = None
        self.depth, self.rounds = 0, 0
        self.loops: list[_Loop] = []
        self.last: list[Word] = []
        self.piped: str | None = None
        self.found, self.powershell, self.nesting = found, powershell, nesting

    def run(self, command: str) -> None:
        """Follow a complete command; a subshell's folder is restored when it ends."""
        outer: list[tuple[str, str, list[str]]] = []
        words: list[Word] = []
        reader = Reader(command, self.powershell, self.lookup, self.nested)
        for item in reader.tokens():
            if isinstance(item, Word):
                words.append(item)
                continue
            self._statement(words, reader)
            self.piped = self.output() if item == "|" and words else None
            words, reader.body = [], None
            if item == "(":
                outer.append((self.cwd, self.previous, list(self.pushed)))
            elif item == ")" and outer:
                self.cwd, self.previous, self.pushed = outer.pop()
            self.depth = len(outer)
        self._statement(words, reader)

    def nested(self, command: str, arguments: list[str] | None = None) -> str:
        """Follow a command inside another one, a substitution or the argument of ``sh -c``; return what it prints."""
        if self.nesting >= MAX_NESTING:
            return UNKNOWN
        inner = _Shell(self.cwd, self.found, self.powershell, self.nesting + 1)
        inner.variables, inner.before = dict(self.variables), self.before
        inner.variables |= {str(number): value for number, value in enumerate(arguments or [])}
        inner.run(command)
        return inner.output()

    def output(self) -> str:
        """Return what the last simple command prints, or ``UNKNOWN``."""
        if not self.last:
            return UNKNOWN
        return output_of([text for word in self.last for text in expand(word, self.cwd)] or [""], self.cwd)

    def lookup(self, name: str) -> str:
        """Return the value of a variable, set by the session's environment or by the command itself."""
        if name.upper() == "PWD":
            return self.cwd
        if name in {"OLDPWD", "HOME"} or name.upper() == "USERPROFILE":
            return self.previous if name == "OLDPWD" else os.path.expanduser("~")
        return self.variables.get(name, os.environ.get(name, UNKNOWN))

    def _statement(self, words: list[Word], reader: Reader) -> None:
        while words and words[0].text in _OPENING and not words[0].quoted:
            words = words[1:]
        first = words[0].text if words and not words[0].quoted else ""
        if first in {"for", "select"} and len(words) > 2 and words[2].text == "in":
            self._enter(words[1].text, [text for word in words[3:] for text in expand(word, self.cwd)], reader)
        elif first in {"while", "until"} and len(words) > 2 and words[1].text == "read":
            values = [] if self.piped in {None, UNKNOWN} else str(self.piped).split("\n")
            self._enter(words[-1].text, values, reader)
        elif first == "done":
            self._again(reader)
            for word in words[1:]:
                reach_word(self.found, word, self.cwd)
        else:
            if first in {"while", "until"}:
                self.loops.append(_Loop("", [], reader.at))
            self._simple_command(words, reader.body)

    def _enter(self, name: str, values: list[str], reader: Reader) -> None:
        self.loops.append(_Loop(name, values[1:], reader.at))
        self.variables[name] = values[0] if values else UNKNOWN

    def _again(self, reader: Reader) -> None:
        loop = self.loops[-1] if self.loops else None
        if loop is not None and loop.values and self.rounds < MAX_ROUNDS:
            self.rounds += 1
            self.variables[loop.name] = loop.values.pop(0)
            reader.at = loop.start
        elif loop is not None:
            self.loops.pop()

    def _simple_command(self, words: list[Word], body: str | None) -> None:
        prefixed = without_prefixes(words, self.cwd, self.piped)
        for name, value in prefixed.assigned:
            self.variables[name] = value
            reach_word(self.found, Word(value, False, False), self.cwd)
        words = prefixed.words
        if not words:
            return
        self.last = words
        outside, self.cwd = self.cwd, prefixed.cwd
        program = os.path.basename(words[0].text).lower().removesuffix(".exe")
        texts = [word.text for word in words[1:] if not word.redirected]
        plain = [text for text in texts if not text.startswith("-") or text == "-"]
        if program in _CHANGE:
            self._change(self.previous if plain[:1] == ["-"] else plain[0] if plain else os.path.expanduser("~"))
            return
        if program in _PUSH:
            self.pushed.append(self.cwd)
            self._change(plain[0] if plain else self.previous)
            return
        if program in _POP:
            if self.pushed:
                self._change(self.pushed.pop())
            return
        if program in {"eval", "watch"}:
            self.nested(" ".join(plain[1:] if program == "watch" and plain[:1] and plain[0].isdigit() else plain))
        else:
            self._program(program, words, body, prefixed.named)
        self.cwd = outside

    def _program(self, program: str, words: list[Word], body: str | None, is_named: bool) -> None:
        outside = self.cwd
        self.cwd, words, chosen = self._working_folder(program, words)
        interprets = program.startswith(programs.INTERPRETERS)
        rest = words[1:]
        reads = program
        if program in programs.SHELLS or interprets:
            code, rest = programs.program_text(program, rest, body)
            if code is not None and program in programs.SHELLS:
                self.nested(code, [word.text for word in rest if not word.redirected])
            elif code is not None:
                self.found.paths += paths_in(code, self.cwd)
                reads = ""
        silent = program in programs.SILENT
        operands = [word for word in programs.operands(reads, rest) if word.redirected or not silent]
        reached = [reach_word(self.found, word, self.cwd) and not word.redirected for word in operands]
        if program in {"docker", "podman"}:
            mounts = [source for word in operands for source in programs.mounted(word.text)]
            reached += [reach_text(self.found, source, False, self.cwd) for source in mounts]
        if "/" in words[0].text and not interprets:
            reached.append(reach_text(self.found, words[0].text, False, self.cwd))
        if program in programs.COPIES and operands and not operands[-1].redirected:
            reached.append(reach_text(self.found, f"./{operands[-1].text}", False, self.cwd))
        texts = [word.text for word in words[1:] if not word.redirected]
        place = self._repository(texts) if program == "gh" else None
        here = program in programs.HERE and not is_named
        here = here and (programs.always_here(texts) if program == "git" else not any(reached))
        if place is None and (chosen or here) and UNKNOWN not in self.cwd:
            self.found.paths.append(self.cwd)
        self._history(program, texts, place or self.cwd)
        self.cwd = outside

    def _repository(self, texts: list[str]) -> str | None:
        """Return the address of the repository that a ``gh`` command names, and count that repository."""
        urls = [named.address(name) for name in programs.repository_names(texts)]
        self.found.repositories += [url for url in urls if url]
        return urls[0] if urls else None

    def _history(self, program: str, texts: list[str], place: str) -> None:
        """Note commits, pull requests and clones."""
        verbs = [text for text in texts if not text.startswith("-")]
        if program == "git" and verbs[:1] == ["commit"] and "--dry-run" not in texts:
            self.found.commits.append(place)
        if program == "gh" and "pr" in verbs and verbs[verbs.index("pr") + 1 :][:1] == ["create"]:
            self.found.pull_requests.append(place)
        if "clone" in verbs[:2]:
            # git and gh name the new folder after the repository unless they are given another name.
            for text in verbs[1:]:
                reach_text(self.found, os.path.basename(text.rstrip("/")).removesuffix(".git"), False, self.cwd)

    def _working_folder(self, program: str, words: list[Word]) -> tuple[str, list[Word], bool]:
        """Return the folder that options such as ``git -C`` choose, the other words, and whether there are any."""
        options = programs.DIRECTORY_OPTIONS.get(program, ())
        folder, waiting, chosen = self.cwd, False, False
        rest: list[Word] = []
        for word in words:
            option, _, value = word.text.partition("=")
            if waiting or (value and option in options):
                folder = join(folder, word.text if waiting else value)
                waiting, chosen = False, True
            elif word.text in options:
                waiting = True
            elif program == "git" and rest and rest[-1].text == "-c":
                rest.pop()
            else:
                rest.append(word)
        return folder, rest, chosen

    def _change(self, target: str) -> None:
        folder = join(self.cwd, target)
        if self.nesting == 0 and self.depth == 0:
            self.found.moves += 1
            if self.landing and UNKNOWN in folder and self.found.moves == self.landing[0]:
                name = os.path.basename(target.rstrip("/"))
                # Claude Code moves a session back to its own folder after a command has left it.
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
