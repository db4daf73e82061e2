"""What is checked out, told as git itself tells it."""

import os
import subprocess
from pathlib import Path

import pytest

from builders.git_repository import git, make_repository
from whence_hook.record.head import head_of


def as_git_tells(root: Path) -> tuple[str | None, str | None]:
    def ask(*arguments: str) -> str | None:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)
        return done.stdout.strip() or None

    return ask("symbolic-ref", "--quiet", "--short", "HEAD"), ask("rev-parse", "--quiet", "--verify", "HEAD")


def test_a_branch_its_switches_and_a_detached_head_are_told_as_git_tells_them(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    assert head_of(str(api)) == as_git_tells(api)
    git(api, "checkout", "-q", "-b", "jane/ABC-12-größer")
    assert head_of(str(api)) == as_git_tells(api) == ("jane/ABC-12-größer", as_git_tells(api)[1])
    git(api, "pack-refs", "--all")
    assert not (api / ".git/refs/heads/jane").exists()
    assert head_of(str(api)) == as_git_tells(api)
    git(api, "checkout", "-q", "--detach")
    assert head_of(str(api)) == as_git_tells(api)
    git(api, "checkout", "-q", "--orphan", "unborn")
    assert head_of(str(api)) == as_git_tells(api) == ("unborn", None)


def test_a_linked_working_tree_a_submodule_and_a_bare_repository_have_heads_of_their_own(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    feature, bare = tmp_path / "feature", tmp_path / "bare.git"
    git(api, "worktree", "add", "-q", "-b", "feature", str(feature))
    git(tmp_path, "clone", "-q", "--bare", str(api), str(bare))
    git(api, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(bare), "inner")
    for root in (api, feature, bare, api / "inner"):
        assert head_of(str(root)) == as_git_tells(root)
        assert head_of(str(root)) != (None, None)


def test_during_a_rebase_the_branch_is_the_one_that_is_rebased(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "checkout", "-q", "-b", "topic")
    (api / "README.md").write_text("topic\n")
    git(api, "commit", "-q", "-am", "topic")
    git(api, "checkout", "-q", "-b", "base", "HEAD~1")
    (api / "README.md").write_text("base\n")
    git(api, "commit", "-q", "-am", "base")
    git(api, "checkout", "-q", "topic")
    subprocess.run(["git", "-C", str(api), "rebase", "base"], capture_output=True, check=False)
    branch, revision = as_git_tells(api)
    assert branch is None
    assert head_of(str(api)) == ("topic", revision)


def test_what_the_files_do_not_tell_is_left_to_git(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    (api / ".git/HEAD").write_text("ref: refs/heads/.invalid\n")
    assert head_of(str(api)) is None
    assert head_of(str(tmp_path / "nowhere")) is None


@pytest.mark.parametrize(
    "text",
    ["ref: refs/heads/../../../secret\n", "ref: /etc/passwd\n", "x" * 10_000, "\0", "ref: refs/heads/" + "x/" * 4000],
)
def test_a_hostile_head_reads_no_other_file_and_raises_nothing(tmp_path: Path, text: str) -> None:
    api = make_repository(tmp_path / "api")
    (tmp_path / "secret").write_text("a" * 40)
    (api / ".git/HEAD").write_text(text)
    known = head_of(str(api))
    assert known is None or known[1] is None


def test_a_pipe_in_place_of_a_file_holds_nobody_up(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    (api / ".git/HEAD").unlink()
    os.mkfifo(api / ".git/HEAD")
    assert head_of(str(api)) is None
