"""Remove the prefixes of a simple command: keywords, assignments, programs that run another. Part of the hot path."""

from whence_hook.record.paths import join
from whence_hook.record.words import UNKNOWN, Word

_KEYWORDS = frozenset(("if", "then", "elif", "else", "fi", "while", "until", "do", "done", "case", "esac"))
_KEYWORDS |= frozenset(("in", "function", "time", "!", "{", "}"))
# Programs that run another one, with those of their options whose value is the next word.
_WRAPPERS = {
    **dict.fromkeys(("command", "exec", "nohup", "time", "builtin", "export", "declare", "local", "readonly"), ()),
    "sudo": ("-u", "-g", "-p", "-h", "-D", "--chdir", "--user"),
    "env": ("-u", "-C", "--chdir", "--unset"),
    "nice": ("-n",),
    "xargs": ("-I", "-n", "-P", "-L", "-d", "-a", "-s", "-E"),
    "timeout": ("-s", "-k", "--signal", "--kill-after"),
    "stdbuf": ("-i", "-o", "-e"),
}
_FOLDER = ("-C", "-D", "--chdir")


class Prefixed:
    """A simple command without its prefixes. ``assigned``: variables and their values. ``named``: whether a variable
    names the repository. ``cwd``: the folder it runs in."""

    def __init__(self, cwd: str) -> None:
        self.words: list[Word] = []
        self.assigned: list[tuple[str, str]] = []
        self.named = False
        self.cwd = cwd


def without_prefixes(words: list[Word], cwd: str, piped: str | None) -> Prefixed:
    """Return the command without its prefixes. ``piped``: what the previous command prints, if known."""
    found = Prefixed(cwd)
    wrapper, skipped, skip, replaces = "", "", 0, False
    for start, word in enumerate(words):
        text = word.text
        name, equals, value = text.partition("=")
        if skip:
            skip = 0
            if skipped in _FOLDER:
                found.cwd = join(found.cwd, text)
        elif equals and name.removeprefix("$").isidentifier():
            found.assigned.append((name.removeprefix("$"), value))
            # The variable names the repository: GIT_DIR=… git log
            found.named = found.named or name in {"GIT_DIR", "GIT_WORK_TREE"}
        elif text in _WRAPPERS and not word.quoted:
            wrapper = text
        elif wrapper and text.startswith("-"):
            skipped, skip = text, int(text in _WRAPPERS[wrapper])
            replaces = replaces or text.startswith("-I")
            if name in _FOLDER and value:
                found.cwd = join(found.cwd, value)
        elif text not in _KEYWORDS and not (wrapper and text[:1].isdigit()):
            found.words = words[start:]
            if wrapper == "xargs" and not replaces and piped and UNKNOWN not in piped:
                found.words = found.words + [Word(one, False, False) for one in piped.split()]
            return found
    return found
