"""What git is asked, of real repositories with real configuration."""

from pathlib import Path

import pytest

from builders.git_repository import git, make_repository
from whence_hook import git as asking


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
