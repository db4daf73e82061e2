"""Shell commands: the repositories that their words reach."""

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from builders.git_repository import make_repository
from builders.rounds import rounds
from whence_hook.record.paths import Reach
from whence_hook.record.shell import reach
from whence_hook.record.worktree import find_root


@pytest.fixture(scope="module")
def src(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder outside git that holds four repositories."""
    folder = tmp_path_factory.mktemp("src")
    for name in ("api", "web", "notes", "my repo"):
        make_repository(folder / name)
        (folder / name / "lib").mkdir()
        (folder / name / "lib" / "a.py").write_text("a\n")
    return folder


def roots(found: list[str], src: Path) -> list[str]:
    names = [Path(root[0]).relative_to(src) for root in map(find_root, found) if root]
    return [str(name) for name in dict.fromkeys(names)]


def reached(command: str, src: Path, powershell: bool = False) -> list[str]:
    """Repositories that a command started in ``api`` reaches; none means that of its folder."""
    return roots(reach(command.replace("SRC", str(src)), str(src / "api"), powershell).paths, src)


ONE_OR_MORE = [
    ("cd SRC/web && make", ["web"]),
    ("cd ../web && make", ["web"]),
    ("cd ../web; cd ../notes; ls", ["web", "notes"]),
    ("cd ../web && cd - && cat lib/a.py", ["web", "api"]),
    ("cd ../web\nmake", ["web"]),
    ("cd ../web || exit 1", ["web"]),
    ("cd SRC/notes && echo todo >> README.md && git -C SRC/web status --short", ["notes", "web"]),
    ("pushd ../web && make && popd && cat lib/a.py", ["web", "api"]),
    ("(cd ../web && make); cat lib/a.py", ["web", "api"]),
    ("(cd ../web); (cd ../notes)", ["web", "notes"]),
    ("{ cd ../web; ls; }", ["web"]),
    ("if true; then cd ../web; fi; ls", ["web"]),
    ("for f in ../web/lib/*.py; do cat $f; done", ["web"]),
    ("git -C ../web status", ["web"]),
    ("git -C .. -C web log", ["web"]),
    ("git -C ../web add lib/a.py", ["web"]),
    ("git --git-dir=SRC/web/.git log", ["web"]),
    ("GIT_DIR=SRC/web/.git git log", ["web"]),
    ("make -C ../web test", ["web"]),
    ("make --directory=../web test", ["web"]),
    ("npm --prefix ../web test", ["web"]),
    ("npm --prefix=../web test", ["web"]),
    ("yarn --cwd ../web build", ["web"]),
    ("tar -C ../web -cf - .", ["web"]),
    ("cat SRC/web/README.md", ["web"]),
    ("grep -rn print SRC/web/lib", ["web"]),
    ("grep -rn print -- SRC/web/lib SRC/notes/lib", ["web", "notes"]),
    ("cp lib/a.py ../web/lib/b.py", ["api", "web"]),
    ("diff ../web/README.md ../notes/README.md", ["web", "notes"]),
    ("echo x > ../web/new.txt", ["web"]),
    ("echo x >> ../web/README.md", ["web"]),
    ("make 2>../web/log.txt", ["api", "web"]),
    ("make &> ../web/log.txt", ["api", "web"]),
    ("sort <../web/README.md | uniq", ["web"]),
    ("cat<../web/README.md>../notes/x", ["web", "notes"]),
    ("cat 'SRC/my repo/README.md'", ["my repo"]),
    ('cat "SRC/my repo/README.md"', ["my repo"]),
    ("cat SRC/my\\ repo/README.md", ["my repo"]),
    ('cd "SRC/my repo" && ls', ["my repo"]),
    ('cat "../my repo"/lib/a.py', ["my repo"]),
    ("W=SRC/web; cat $W/README.md", ["web"]),
    ('W=SRC/web; cat "${W}/README.md"', ["web"]),
    ("export W=SRC; cat $W/notes/README.md", ["notes"]),
    ("cat $PWD/../web/README.md", ["web"]),
    ("cd ../web && cat $OLDPWD/README.md", ["web", "api"]),
    ("cat $(cat ../web/README.md)", ["web"]),
    ('echo "$(git -C ../web log)"', ["web"]),
    ("echo `git -C ../web log`", ["web"]),
    ('cat "SRC/web/$(date).txt"', ["web"]),
    ("cat SRC/web/$UNSET_BY_ALL/x", ["web"]),
    ("bash -c 'cd ../web && make'", ["web"]),
    ('bash -lc "cd SRC/web && make"', ["web"]),
    ("eval 'cd ../web'", ["web"]),
    ("sudo env A=b nohup cat ../web/README.md", ["web"]),
    ("timeout 5 cat ../web/README.md", ["web"]),
    ('cd "$(git rev-parse --show-toplevel)" && cat ../web/README.md', ["api", "web"]),
    ("cat ../{web,notes}/README.md", ["notes", "web"]),
    ("ls SRC/*/README.md", ["api", "my repo", "notes", "web"]),
    ("cat ../web/lib/*.py", ["web"]),
    ("cat ../web/**/x", ["web"]),
    ("cat lib/?.py", ["api"]),
    ("python -m pytest ../web/lib", ["web"]),
    ("pytest --rootdir=../web", ["web"]),
    ("gcc -I../web/lib x.c", ["web"]),
    ("rm ../web/gone.txt", ["web"]),
    ("rm SRC/web/deep/gone.txt", ["web"]),
    ("cat file://SRC/web/README.md", ["web"]),
    ("cat <<EOF > ../web/x\ncd SRC/notes\nEOF\n", ["web"]),
    ("cat <<'E' | tee ../web/x\n$(cat SRC/notes/README.md)\nE\ncd ../notes", ["web", "notes"]),
    ("cat <<-E\n\tSRC/notes\n\tE\ncd ../web", ["web"]),
    ("cat <<A <<B\nSRC/notes\nA\nSRC/notes\nB\ncat ../web/README.md", ["web"]),
    ("cat ../web/README.md # and ../notes/README.md", ["web"]),
    ("git status && cat ../web/README.md", ["api", "web"]),
    ("git clone https://example.com/acme/web.git ../web", ["web"]),
    ("diff <(cat ../web/README.md) <(cat ../notes/README.md)", ["web", "notes"]),
    ("ls ../web | xargs cat", ["api", "web"]),
    ("find SRC/web -name '*.py' -exec cat {} \\;", ["web"]),
    ("cd ../web && { git add -A; git commit -qm 'see ../notes/README.md'; }", ["web"]),
    ("test -f ../web/README.md && cat ../web/README.md", ["web"]),
    ("[ -f ../web/README.md ]", ["web"]),
    ("case x in x) cat ../web/README.md;; esac", ["web"]),
    ("f() { cat ../web/README.md; }; f", ["web"]),
    ("cat ../web/README.md &", ["web"]),
    ("cat \\\n../web/README.md", ["web"]),
    ("cat $'../web/README.md'", ["web"]),
]

OF_ITS_FOLDER = [
    "",
    "true",
    "exit 3",
    "curl https://example.com/acme/web",
    "echo SRC/web/README.md",
    "printf '%s' SRC/web",
    "sed -E s/a/b/ <<< text",
    "cat /no/such/file /api/v1/users",
    "cd /no/such/folder",
    "cd nowhere && true",
    "ssh host cat SRC/web/README.md",
    "scp host:SRC/web/x .y",
    "awk '/web/{print}'",
    "cat <<EOF\nSRC/web/README.md\nEOF",
    "echo 'cd SRC/web'",
    "# cd ../web",
    "echo '$(cat ../web/README.md)'",
    "foo/bar baz/qux",
]

POWERSHELL = [
    ("Set-Location ../web; Get-ChildItem", ["web"]),
    ("cd ../web\nGet-Content README.md", ["web"]),
    ("Push-Location ../web; Pop-Location; Get-Content lib/a.py", ["web", "api"]),
    ("Get-Content -LiteralPath 'SRC/my repo/README.md'", ["my repo"]),
    ('Get-Content "SRC/my repo/README.md"', ["my repo"]),
    ("Get-Content ../my` repo/README.md", ["my repo"]),
    ("$env:W = 1; git -C ../web status", ["web"]),
    ("if ($true) {Set-Location ../web}", ["web"]),
    ("Get-Content ../web/README.md | Out-File ../notes/x", ["web", "notes"]),
    ("Write-Output @'\nSRC/notes\n'@; cat ../web/README.md", ["web"]),
]


@pytest.mark.parametrize(("command", "expected"), ONE_OR_MORE)
def test_every_repository_that_the_words_reach_counts(src: Path, command: str, expected: list[str]) -> None:
    assert sorted(reached(command, src)) == sorted(expected)


@pytest.mark.parametrize("command", OF_ITS_FOLDER)
def test_words_that_lead_nowhere_count_for_nothing(src: Path, command: str) -> None:
    assert reached(command, src) in ([], ["api"])


@pytest.mark.parametrize(("command", "expected"), POWERSHELL)
def test_powershell_has_its_own_forms(src: Path, command: str, expected: list[str]) -> None:
    assert sorted(reached(command, src, powershell=True)) == sorted(expected)


@pytest.mark.parametrize(
    "command", ["cat ~/web/README.md", "cat $HOME/web/README.md", "cd && cat web/README.md", "ls ~/web"]
)
def test_the_home_directory_is_the_sessions_own(src: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.setenv("HOME", str(src))
    assert reached(command, src) == ["web"]


def test_a_variable_of_the_environment_is_known(src: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK", str(src / "web"))
    assert reached("cat $WORK/README.md", src) == ["web"]


@pytest.mark.parametrize(
    ("command", "commits", "pull_requests"),
    [
        ("git commit -qm new", ["api"], []),
        ("git add -A && git commit -qm 'new' && git log --oneline | head -1", ["api"], []),
        ("cd ../web && git commit -m x && cd ../notes && git commit -m y", ["web", "notes"], []),
        ("git -C ../web commit -m x", ["web"], []),
        ("git -c user.name=x -C ../web commit -m x", ["web"], []),
        ("git commit --dry-run", [], []),
        ("git log commit", [], []),
        ("echo git commit", [], []),
        ("grep -rn 'git commit' .", [], []),
        ("sudo -E timeout 5s git commit -qm x", ["api"], []),
        ("gh pr create --fill", [], ["api"]),
        ("cd ../web && gh pr create --title x", [], ["web"]),
        ("gh pr view", [], []),
    ],
)
def test_commits_and_pull_requests_happen_where_the_command_is(
    src: Path, command: str, commits: list[str], pull_requests: list[str]
) -> None:
    found: Reach = reach(command, str(src / "api"))
    assert (roots(found.commits, src), roots(found.pull_requests, src)) == (commits, pull_requests)


def test_a_clone_counts_for_the_new_repository(src: Path) -> None:
    assert reached("cd SRC && git clone git@github.com:acme/web.git", src) == ["web"]
    assert reached("cd SRC && gh repo clone acme/notes", src) == ["notes"]


@pytest.mark.parametrize(
    "command",
    [
        "cat " + "../web/README.md " * 6_000,
        "$(" * 50_000,
        "`" * 100_000,
        '"$(' * 30_000,
        "cat {a,b}" + "{c,d}" * 20_000,
        "cd ../web;" * 10_000,
        "(" * 100_000,
        "cat <<E\n" + "x\n" * 50_000,
        "a" * 100_000,
        "cat " + "*/" * 50_000,
        "'" + "\\" * 100_000,
    ],
    ids=lambda command: command[:12],
)
def test_a_command_of_100_kilobytes_takes_bounded_time(src: Path, command: str) -> None:
    begin = time.process_time()
    reached(command, src)
    # Far above what it takes, far below what anything quadratic would.
    assert time.process_time() - begin < 5


def test_a_home_directory_that_cannot_be_is_no_path(src: Path) -> None:
    assert reached("cat ~\0/*.py ~nobody-at-all/*.py; git -C ~\0 status", src) in ([], ["api"])


@pytest.mark.parametrize("command", ["=<\ud800/?", "cat \ud800/*/x", "cd \ud800; ls *", "git -C \ud800 status"])
def test_what_no_file_system_can_hold_is_no_path(src: Path, command: str) -> None:
    assert reached(command, src) in ([], ["api"])


@settings(max_examples=rounds(300, 10_000), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    command=st.text(alphabet="ab ./~$\"'`\\(){}<>|&;*?[]=\n\0-\ud800", max_size=60),
    powershell=st.booleans(),
)
def test_no_command_breaks_it(src: Path, command: str, powershell: bool) -> None:
    for path in reach(command, str(src / "api"), powershell).paths:
        find_root(path)
