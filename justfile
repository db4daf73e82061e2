# Common tasks. just is one of the development tools: the first time, run "uvx --from rust-just just setup".

set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

bin := if os_family() == "windows" { ".venv/Scripts" } else { ".venv/bin" }
quick := "not (browser or client or root or slow or tools)" + if os_family() == "windows" { " and not posix" } else { "" }

# List the recipes.
default:
    @just --list

# Create .venv with whence and what its tests need, at the locked versions. Needs uv and npm.
setup:
    uv sync --locked --all-extras
    sh tests/recordings

# Run the tests that need neither root, a browser, a client nor the network. Arguments go to pytest.
quick *arguments:
    {{bin}}/python -m pytest -m "{{quick}}" {{arguments}}

# Run everything (Debian, as root): style, types, all tests, benchmarks. Arguments go to pytest.
test *arguments:
    tests/run {{arguments}}

# Run the quick tests with coverage, which must not fall below the floor in pyproject.toml.
coverage:
    {{bin}}/python -m pytest -m "{{quick}}" --cov --cov-report=term

# Check style and types.
lint:
    {{bin}}/python -m ruff check .
    {{bin}}/python -m ruff format --check .
    {{bin}}/python -m mypy

# Format the code, and fix what can be fixed.
format:
    {{bin}}/python -m ruff check --fix .
    {{bin}}/python -m ruff format .

# Write the generated pages of the documentation, and build the site into .site.
docs:
    {{bin}}/python docs/generate.py
    {{bin}}/python -m mkdocs build --strict --site-dir .site

# Serve a generated organization at http://127.0.0.1:4320.
demo *arguments:
    {{bin}}/whence demo {{arguments}}

# Pin every package again. Arguments go to uv: just pin --upgrade
pin *arguments:
    requirements/compile {{arguments}}
