# What people do here. Install just with the development tools ("just setup" needs it once: uvx --from rust-just just setup).

set shell := ["sh", "-euc"]
set windows-shell := ["powershell.exe", "-NoLogo", "-Command"]

python := if os_family() == "windows" { ".venv/Scripts/python.exe" } else { ".venv/bin/python" }
quick := "not (browser or client or root or slow or tools)"

# List the recipes.
default:
    @just --list

# Create .venv with whence and everything that its tests need, at the locked versions.
setup:
    uv sync --locked --all-extras

# Run the tests that need neither root, a browser, a client nor the network. Arguments go to pytest.
quick *arguments:
    {{python}} -m pytest -m "{{quick}}" {{arguments}}

# Run everything (Debian, as root): style, types, all tests, benchmarks. Arguments go to pytest.
test *arguments:
    tests/run {{arguments}}

# Run the quick tests with coverage, which must not fall below the floor in pyproject.toml.
coverage:
    {{python}} -m pytest -m "{{quick}}" --cov --cov-report=term

# Check style and types.
lint:
    {{python}} -m ruff check .
    {{python}} -m ruff format --check .
    {{python}} -m mypy

# Format the code, and fix what can be fixed.
format:
    {{python}} -m ruff check --fix .
    {{python}} -m ruff format .

# Write the generated pages of the documentation, and build the site into .site.
docs:
    {{python}} docs/generate.py
    {{python}} -m mkdocs build --strict --site-dir .site

# Serve a generated organization at http://127.0.0.1:4320.
demo *arguments:
    {{python}} -m whence_cli {{arguments}}

# Pin every package again. Arguments go to uv: just pin --upgrade
pin *arguments:
    requirements/compile {{arguments}}
