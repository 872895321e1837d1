"""The documents say what the code does."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
# Set by commands, not by people.
INTERNAL = {"TRACING_UI_SERVES"}


def read_settings() -> Iterator[tuple[str, str | None]]:
    """The name of every variable that settings.py reads, and its default as text where that is a constant."""
    for node in ast.walk(ast.parse((REPOSITORY / "tracing_ui" / "settings.py").read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(
            ("env.", "_whole", "_seconds", "_number", "_bytes")
        ):
            match node.args:
                case [ast.Constant(value=str(name)), default, *_] if name.isupper():
                    yield name, evaluate(default)


def evaluate(default: ast.expr) -> str | None:
    """A constant such as `64 * 1024` as text; None for one that is empty or depends on the machine."""
    is_constant = all(isinstance(node, ast.Constant | ast.BinOp | ast.operator) for node in ast.walk(default))
    value = eval(ast.unparse(default)) if is_constant else ""
    return None if value == "" else str(value)


SETTINGS = dict(read_settings())


def test_settings_are_found() -> None:
    assert len(SETTINGS) > 20
    assert SETTINGS["INGEST_MAX_BODY_BYTES"] == "67108864"


@pytest.mark.parametrize("name", SETTINGS)
def test_a_setting_is_explained_with_its_default(name: str) -> None:
    text = (REPOSITORY / "docs" / "configuration.md").read_text()
    rows = re.findall(rf"^\| `{name}` \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    assert len(rows) == 1
    default, explanation = rows[0]
    assert SETTINGS[name] is None or default == f"`{SETTINGS[name]}`"
    assert explanation.endswith(".")


@pytest.mark.parametrize("name", sorted(SETTINGS.keys() - INTERNAL))
def test_a_setting_can_be_copied_from_the_example(name: str) -> None:
    text = (REPOSITORY / ".env.example").read_text()
    values = re.findall(rf"^#{name}=(.*)$", text, re.MULTILINE)
    assert len(values) == 1
    assert SETTINGS[name] is None or values[0] == SETTINGS[name]


def test_nothing_is_explained_that_is_no_setting() -> None:
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", (REPOSITORY / "docs" / "configuration.md").read_text(), re.M))
    offered = set(re.findall(r"^#([A-Z_]+)=", (REPOSITORY / ".env.example").read_text(), re.M))
    assert documented == SETTINGS.keys()
    assert offered == SETTINGS.keys() - INTERNAL


def test_only_settings_read_the_environment() -> None:
    """Reading, that is: manage.py and the commands may set what settings then read."""
    reads = re.compile(r"os\.environ\.get\(|os\.getenv\(|os\.environ\[[^]]+\](?! = )")
    modules = [
        path for package in ("tracing_ui", "services_map", "traces") for path in (REPOSITORY / package).rglob("*.py")
    ]
    assert [path.name for path in modules if reads.search(path.read_text())] == []
