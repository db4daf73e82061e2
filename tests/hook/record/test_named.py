"""What the inputs of MCP tools name."""

import pytest

from whence_hook.record.named import address, named


@pytest.mark.parametrize(
    ("tool_input", "paths", "repositories"),
    [
        ({"path": "/a/b"}, ["/a/b"], []),
        ({"uri": "file:///a/b%20c"}, ["/a/b c"], []),
        ({"uri": "https://example.com/a"}, [], []),
        ({"source": "/a", "destination": "../b"}, ["/a", "../b"], []),
        ({"source": "en", "target": "production"}, [], []),
        ({"projectRoot": "/a", "workspace": "/b", "filename": "c"}, ["/a", "/b", "c"], []),
        ({"options": {"files": [{"filePath": "/a"}, {"filePath": "/b"}]}}, ["/a", "/b"], []),
        ({"owner": "acme", "repo": "api", "path": "src/x"}, ["src/x"], ["https://github.com/acme/api"]),
        ({"args": {"owner": "acme", "repo": "api"}}, [], ["https://github.com/acme/api"]),
        ({"repo": "acme/api"}, [], ["https://github.com/acme/api"]),
        ({"repository": "https://jane:s3cret@github.com/acme/api.git"}, [], ["https://github.com/acme/api"]),
        ({"repo": "/src/api"}, ["/src/api"], []),
        ({"owner": "../x", "repo": "y"}, ["y"], []),
        ({"profile": "x", "content": "/a/b", "query": "../c"}, [], []),
        ({"path": 7, "paths": [7, None, "/a"]}, ["/a"], []),
    ],
)
def test_inputs_named_like_paths_count_and_repositories_by_owner_and_name(
    tool_input: object, paths: list[str], repositories: list[str]
) -> None:
    assert named(tool_input) == (paths, repositories)


def test_an_input_without_end_is_looked_at_in_bounded_time() -> None:
    deep: dict[str, object] = {"path": "/a"}
    for _ in range(10_000):
        deep = {"options": deep}
    assert named(deep) == ([], [])
    assert len(named({"paths": ["/a"] * 100_000})[0]) < 1000


@pytest.mark.parametrize("text", ["acme", "a/b/c/d", "https://github.com/acme", "./x/y", "../x", "a b/c", "-/..", ""])
def test_what_names_no_repository_has_no_address(text: str) -> None:
    assert address(text) is None
