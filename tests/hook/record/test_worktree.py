"""Working trees: the repository that a path lies in, existing or not."""

from pathlib import Path

from builders.git_repository import git, make_repository
from whence_hook.record.worktree import find_root


def test_a_path_counts_by_its_nearest_existing_parent(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    assert find_root(str(api / "not" / "yet" / "there.py")) == (str(api), str(api))
    assert find_root(str(tmp_path / "nowhere" / "x")) is None


def test_a_file_is_never_taken_for_a_working_tree(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    assert find_root(str(api / "README.md")) == (str(api), str(api))


def test_the_innermost_of_nested_repositories_counts(tmp_path: Path) -> None:
    outer = make_repository(tmp_path / "outer")
    inner = make_repository(outer / "inner")
    assert find_root(str(inner / "README.md")) == (str(inner), str(inner))
    assert find_root(str(outer / "inner.txt")) == (str(outer), str(outer))


def test_a_symbolic_link_counts_for_what_it_leads_to(tmp_path: Path) -> None:
    api, web = make_repository(tmp_path / "api"), make_repository(tmp_path / "web")
    (api / "link").symlink_to(web)
    assert find_root(str(api / "link" / "README.md")) == (str(web), str(web))


def test_a_linked_worktree_keeps_its_own_top_and_names_its_main_one(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    feature = tmp_path / "api-feature"
    git(api, "worktree", "add", "--quiet", str(feature))
    assert find_root(str(feature / "README.md")) == (str(feature), str(api))


def test_a_linked_worktree_of_a_bare_repository_belongs_to_that(tmp_path: Path) -> None:
    source = make_repository(tmp_path / "source")
    git(tmp_path, "clone", "--quiet", "--bare", str(source), "api.git")
    git(tmp_path / "api.git", "worktree", "add", "--quiet", str(tmp_path / "main"), "main")
    assert find_root(str(tmp_path / "main")) == (str(tmp_path / "main"), str(tmp_path / "api.git"))


def test_an_empty_git_folder_is_no_repository(tmp_path: Path) -> None:
    (tmp_path / "a" / ".git").mkdir(parents=True)
    assert find_root(str(tmp_path / "a" / "b")) is None


def test_a_damaged_git_file_makes_a_working_tree_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ".git").write_bytes(b"gitdir: \xff\x00/nowhere")
    assert find_root(str(tmp_path / "a" / "b")) == (str(tmp_path / "a"), str(tmp_path / "a"))


def test_a_loop_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    assert find_root(str(tmp_path / "a" / "x")) is None


def test_a_bare_repository_counts_for_itself_and_a_git_folder_for_its_tree(tmp_path: Path) -> None:
    api = make_repository(tmp_path / "api")
    git(tmp_path, "clone", "--quiet", "--bare", str(api), "bare.git")
    bare = str(tmp_path / "bare.git")
    assert find_root(f"{bare}/refs/heads") == find_root(bare) == (bare, bare)
    assert find_root(str(api / ".git" / "hooks" / "x")) == (str(api), str(api))
