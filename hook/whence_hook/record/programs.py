"""Decide by program which words of a command are paths. Part of the hot path: no imports.

For everything that is not listed here, the disk decides: a word is a path if it leads to something that exists.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from whence_hook.record.words import Word

# Their words are text, or paths on another machine.
SILENT = frozenset(("echo", "printf", "ssh", "basename", "dirname", "which", "type", "kill", "sleep", "alias", "man"))
SILENT |= frozenset(("write-output", "write-host"))
SHELLS = frozenset(("sh", "bash", "zsh", "dash", "ksh", "pwsh", "powershell"))
INTERPRETERS = ("python", "node", "ruby", "perl", "php", "deno", "bun")
# Programs with an option for the folder or file to work in, and that option.
DIRECTORY_OPTIONS = {
    "git": ("-C",),
    "make": ("-C", "--directory"),
    "gmake": ("-C", "--directory"),
    "ninja": ("-C",),
    "go": ("-C",),
    "tar": ("-C", "--directory"),
    "npm": ("--prefix",),
    "pnpm": ("-C", "--dir", "--prefix"),
    "yarn": ("--cwd",),
    "bun": ("--cwd",),
    "cargo": ("-C",),
    "uv": ("--directory", "--project"),
    "poetry": ("-C", "--directory"),
    "terraform": ("-chdir",),
    "gradle": ("-p", "--project-dir"),
    "gradlew": ("-p", "--project-dir"),
    "env": ("-C", "--chdir"),
    "sudo": ("-D", "--chdir"),
}
# Programs that work on the current folder by default.
HERE = frozenset(DIRECTORY_OPTIONS) - {"env", "sudo"}
HERE |= frozenset(
    ("gh", "hg", "ls", "tree", "find", "rg", "ag", "fd", "npx", "pytest", "tox", "mvn", "pre-commit", "tsc")
)
HERE |= frozenset(
    ("eslint", "prettier", "jest", "vitest", "mypy", "ruff", "rake", "bundle", "composer", "dotnet", "mix")
)
HERE |= frozenset(("swift", "just", "sbt", "bazel", "tofu", "pulumi", "serverless", "vite", "next", "webpack", "turbo"))

# Programs that create their last word if it does not exist.
COPIES = frozenset(("cp", "mv", "ln", "install", "rsync"))

# Programs whose first word is a pattern or a program, and the options that give it instead.
_PATTERN_OPTIONS = {
    **dict.fromkeys(
        ("grep", "egrep", "fgrep", "zgrep", "rg", "ag", "ack"), ("-e", "--regexp", "-f", "--file", "--files")
    ),
    "sed": ("-e", "--expression", "-f", "--file"),
    **dict.fromkeys(("awk", "gawk", "mawk"), ("-f", "--file")),
    "jq": ("-f", "--from-file"),
    "yq": ("-f", "--from-file"),
    "perl": ("-e", "-E"),
    "fd": (),
    "fdfind": (),
}
# Options whose value, the next word, is not a path.
_SEARCH_VALUES: tuple[str, ...] = (
    "-A",
    "-B",
    "-C",
    "-m",
    "--max-count",
    "--include",
    "--exclude",
    "--exclude-dir",
    "-g",
    "--glob",
)
_SEARCH_VALUES += ("-t", "--type", "-T", "--type-not", "--iglob", "--color", "-M", "-j", "--sort", "-E", "--encoding")
_VALUES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("rg", "ag", "ack"), _SEARCH_VALUES),
    **dict.fromkeys(
        ("grep", "egrep", "fgrep", "zgrep"), tuple(one for one in _SEARCH_VALUES if one not in {"-E", "-T"})
    ),
    **dict.fromkeys(("awk", "gawk", "mawk"), ("-F", "-v")),
    **dict.fromkeys(("fd", "fdfind"), ("-e", "--extension", "-t", "--type", "-d", "--max-depth", "-E", "--exclude")),
    "jq": ("--indent", "--tab"),
    "git": ("-m", "--message", "--grep", "-S", "-G", "--author", "--format", "--pretty", "-b", "-B", "-L", "--since"),
    "gh": ("-t", "--title", "-b", "--body", "--json", "--jq", "-q", "-R", "--repo", "-L", "--limit", "-l", "--label"),
    **dict.fromkeys(("head", "tail"), ("-n", "-c")),
    **dict.fromkeys(("pytest", "jest", "vitest"), ("-k", "-m", "-t", "-n", "--testNamePattern")),
    "docker": ("-w", "--workdir", "--name", "-e", "--env", "-t", "--tag", "-p", "--publish"),
}
_TWO_VALUES = ("--arg", "--argjson")
# Programs whose options have no paths, except these.
_NO_OPTION_PATHS = {"git": ("--git-dir", "--work-tree", "-o", "--output", "--output-directory"), "gh": ()}


def operands(program: str, words: "list[Word]") -> "list[Word]":
    """Return the words after the program that may be paths."""
    if program in {"find", "gfind"}:
        return _starts(words)
    pattern = _PATTERN_OPTIONS.get(program)
    only = _NO_OPTION_PATHS.get(program, None if pattern is None else ())
    kept: list[Word] = []
    skip, given, ended = 0, pattern is None, False
    for word in words:
        text = word.text
        if skip:
            skip -= 1
        elif word.redirected:
            kept.append(word)
        elif text.startswith("-") and len(text) > 1 and not ended:
            ended = text == "--"
            skip, gives = _values_after(program, text)
            given = given or gives
            if not skip and not ended and (only is None or text.partition("=")[0] in only):
                kept.append(word)
        elif given:
            kept.append(word)
        else:
            given = True
    return kept


def _values_after(program: str, option: str) -> tuple[int, bool]:
    """Return how many words after an option are values but not paths, and whether the option gives the pattern."""
    pattern = _PATTERN_OPTIONS.get(program, ())
    name, equals, _ = option.partition("=")
    if name in pattern or _ends_with_one(option, pattern):
        # A file with patterns is read, so it is a path.
        takes = not equals and name not in {"--files", "-f", "--file", "--from-file"}
        return int(takes), True
    if option in _TWO_VALUES:
        return 2, False
    values = _VALUES.get(program, ())
    return int(option in values or _ends_with_one(option, values)), False


def always_here(texts: "list[str]") -> bool:
    """Return whether git works on the current folder regardless of its other words."""
    verbs = [text for text in texts if not text.startswith("-")]
    named = any(text.startswith(("--git-dir", "--work-tree")) for text in texts)
    return not named and verbs[:1] not in (["clone"], ["rev-parse"])


def program_text(program: str, words: "list[Word]", body: str | None) -> tuple[str | None, "list[Word]"]:
    """Return the code that a shell or an interpreter is given in a word or a here-document, and the words after it; or
    ``None`` and all words."""
    shell = program in SHELLS
    letters = "c" if shell else "ceEprn"
    for at, word in enumerate(words):
        text = word.text
        if word.redirected:
            continue
        if not text.startswith("-") or text in {"-", "--"}:
            if text == "-" or (text == "--" and shell):
                continue
            return None, words
        cluster = not text.startswith("--") and text[-1] in letters and len(text) <= 5
        code = cluster and (text[-1] == "c" if shell or program.startswith("python") else text[-1] in "eEpr")
        if (code or text.lower() in {"-command", "--eval", "--print"}) and at + 1 < len(words):
            return words[at + 1].text, words[at + 2 :]
        if shell and text in {"-s", "-"}:
            break
    return (body, []) if body is not None else (None, words)


def repository_names(words: "list[str]") -> list[str]:
    """Return the repositories that a ``gh`` command names, as given."""
    for at, text in enumerate(words):
        name, _, value = text.partition("=")
        if name in {"-R", "--repo"}:
            return [value or (words[at + 1] if at + 1 < len(words) else "")]
    plain = [word for word in words if not word.startswith("-")]
    if plain[:1] == ["api"] and len(plain) > 1 and plain[1].strip("/").startswith("repos/"):
        return ["/".join(plain[1].strip("/").split("/")[1:3])]
    return plain[2:3] if plain[:1] == ["repo"] else []


def mounted(text: str) -> list[str]:
    """Return the folders of this machine that a word of ``docker run`` mounts."""
    sources = [part.partition("=")[2] for part in text.split(",") if part.startswith(("source=", "src="))]
    return sources or ([text.partition(":")[0]] if text[:1] in {"/", ".", "~"} and ":" in text else [])


def _ends_with_one(text: str, options: "tuple[str, ...]") -> bool:
    """Return whether a cluster of short options, such as ``-qm``, ends with one that takes a value."""
    return not text.startswith("--") and text[1:].isalpha() and len(text) <= 5 and f"-{text[-1]}" in options


def _starts(words: "list[Word]") -> "list[Word]":
    """Return the folders in which ``find`` starts: its first words."""
    kept: list[Word] = []
    for word in words:
        if word.redirected:
            kept.append(word)
        elif word.text in {"-L", "-H", "-P"}:
            continue
        elif word.text.startswith(("-", "(", "!")):
            break
        else:
            kept.append(word)
    return kept + [word for word in words if word.redirected and word not in kept]
