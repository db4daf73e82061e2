"""What git is asked, of real repositories with real configuration."""

import os
from pathlib import Path

import pytest

from builders.git_repository import git, make_repository
from whence_hook.flush import git as asking


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


def key(root: Path) -> str | None:
    repository = asking.remote_of(str(root))
    return repository.key if repository else None


def test_origin_is_the_identity_and_upstream_is_not(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api", "git@github.com:jane/api.git")
    git(api, "remote", "add", "upstream", "git@github.com:acme/api.git")
    assert key(api) == "github.com/jane/api"


def test_without_origin_the_remote_of_the_current_branch_counts(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "remote", "add", "one", "git@github.com:acme/one.git")
    git(api, "remote", "add", "two", "git@github.com:acme/two.git")
    assert key(api) is None
    git(api, "config", "branch.main.remote", "two")
    assert key(api) == "github.com/acme/two"


def test_without_both_the_only_remote_counts(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "remote", "add", "work", "git@github.com:acme/api.git")
    assert key(api) == "github.com/acme/api"


def test_instead_of_is_applied(tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text('[url "git@github.com:acme/"]\n\tinsteadOf = work:\n')
    assert key(make_repository(tmp_path / "api", "work:api.git")) == "github.com/acme/api"


def test_an_unborn_branch_has_a_name_and_no_revision(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    git(tmp_path / "new", "init", "--quiet")
    root = str(tmp_path / "new")
    assert (asking.branch_of(root), asking.revision_of(root), asking.root_commits_of(root)) == ("main", None, ())


def test_a_detached_head_has_a_revision_and_no_branch(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "checkout", "--quiet", "--detach")
    assert asking.branch_of(str(api)) is None
    assert asking.revision_of(str(api)) == git(api, "rev-parse", "HEAD")


def test_a_shallow_clone_has_no_root_commits_to_tell(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(api, "commit", "--quiet", "--allow-empty", "--message", "More")
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{api}", "shallow")
    assert asking.root_commits_of(str(tmp_path / "shallow")) == ()
    assert len(asking.root_commits_of(str(api))) == 1


def test_a_folder_that_is_no_repository_is_an_error_even_inside_one(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    (api / "sub").mkdir()
    for folder in (api / "sub", tmp_path / "gone"):
        with pytest.raises(asking.GitError):
            asking.remote_of(str(folder))


def test_conditional_includes_are_applied(tmp_path: Path, home: Path) -> None:
    (home / "work.gitconfig").write_text(
        '[url "git@github.com:acme/"]\n\tinsteadOf = x:\n[user]\n\temail = j@acme.example\n'
    )
    (home / ".gitconfig").write_text(f'[includeIf "gitdir:{tmp_path}/work/"]\n\tpath = work.gitconfig\n')
    inside, outside = make_repository(tmp_path / "work" / "api", "x:api.git"), make_repository(tmp_path / "other")
    assert key(inside) == "github.com/acme/api"
    assert (asking.email_of(str(inside)), asking.email_of(str(outside))) == ("j@acme.example", None)


def test_a_repository_that_git_refuses_is_named_from_its_file(tmp_path: Path, home: Path) -> None:
    (home / ".gitconfig").write_text('[url "git@github.com:acme/"]\n\tinsteadOf = work:\n')
    api = make_repository(tmp_path / "api", "work:api.git")
    git(api, "config", "core.repositoryformatversion", "9")
    with pytest.raises(asking.GitError):
        asking.remote_of(str(api))
    assert str(asking.remote_in_file(str(api)).key) == "github.com/acme/api"  # type: ignore[union-attr]


def test_a_file_that_the_configuration_includes_is_not_read(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    (api / "more").write_text('[remote "origin"]\n\turl = git@github.com:acme/api.git\n')
    git(api, "config", "include.path", "../more")
    assert key(api) == "github.com/acme/api"
    assert asking.remote_in_file(str(api)) is None


def test_a_submodule_and_a_bare_repository_are_named_from_their_files(tmp_path: Path) -> None:
    source = make_repository(tmp_path / "source")
    outer = make_repository(tmp_path / "outer")
    git(outer, "submodule", "--quiet", "add", str(source), "inner")
    git(outer / "inner", "remote", "set-url", "origin", "git@github.com:acme/inner.git")
    git(tmp_path, "clone", "--quiet", "--bare", str(source), "api.git")
    git(tmp_path / "api.git", "remote", "set-url", "origin", "git@github.com:acme/api.git")
    found = [asking.remote_in_file(str(root)) for root in (outer / "inner", tmp_path / "api.git")]
    assert [repository and repository.key for repository in found] == ["github.com/acme/inner", "github.com/acme/api"]


def test_what_is_no_repository_has_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "config")
    with pytest.raises(asking.GitError):
        asking.remote_in_file(str(tmp_path))


def test_a_bare_repository_has_an_identity(tmp_path: Path) -> None:
    source = make_repository(tmp_path / "source")
    git(tmp_path, "clone", "--quiet", "--bare", str(source), "api.git")
    git(tmp_path / "api.git", "remote", "set-url", "origin", "git@github.com:acme/api.git")
    assert key(tmp_path / "api.git") == "github.com/acme/api"
    assert asking.branch_of(str(tmp_path / "api.git")) == "main"


def test_a_git_that_hangs_is_given_up_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "git"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    api = make_repository(tmp_path / "api", "git@github.com:acme/api.git")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(asking, "TIMEOUT_SECONDS", 0.5)
    with pytest.raises(asking.GitError):
        asking.remote_of(str(api))
