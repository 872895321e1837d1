"""The JavaScript of the pages: its own tests, and the rules that it keeps."""

import posixpath
import re
import subprocess
from graphlib import CycleError, TopologicalSorter

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.modules import NODE, REPOSITORY, STATIC, Module, close_over_imports, find_entries, read_modules

SOURCE = STATIC / "js"
# An import or a re-export, up to the name in quotes, and whether a semicolon follows.
STATEMENT = re.compile(r"""^\s*(?:import|export)\b[^"';()=]*?["']([^"']+)["'][ \t]*(;?)""", re.MULTILINE)
# Ways to the network that pass requests.js and uploads.js by.
REQUEST = re.compile(
    r"(?<![.#\w])(?:(?:window|self|globalThis)\s*\.\s*)?(?:fetch\s*\(|XMLHttpRequest|EventSource|WebSocket)|sendBeacon"
)
# What makes code or style of text. `element.style.width = …` is allowed, and so by our Content-Security-Policy.
FORBIDDEN = re.compile(
    r"""\b(?:inner|outer)HTML\s*\+?=(?!=)|insertAdjacentHTML|document\s*\.\s*write|\beval\s*\(|new\s+Function\b"""
    r"""|setAttribute\(\s*["'`](?:style|on)|createContextualFragment|setHTMLUnsafe"""
)
HASHED = re.compile(r"\.[0-9a-f]{12}\.js$")
# 40,000 is wanted for a trace; docs/performance.md says how far that is.
LATER = re.compile(r"""\bimport\("(\.{1,2}/[^"]+)"\)""")
MOST_GZIP_BYTES = {
    "traces/trace.html": 40_000,
    "traces/search.html": 25_000,
    "services_map/service.html": 25_000,
    "services_map/map.html": 25_000,
}


@pytest.fixture(scope="module")
def modules() -> dict[str, Module]:
    return read_modules(SOURCE)


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Module]:
    """The modules as they are served; a circle of imports ends the collecting."""
    folder = tmp_path_factory.mktemp("collected")
    with override_settings(STATIC_ROOT=str(folder), STATICFILES_DIRS=[STATIC]):
        call_command("collectstatic", verbosity=0, interactive=False)
    return {name: module for name, module in read_modules(folder / "js").items() if HASHED.search(name)}


def plain(name: str) -> str:
    """The name of a served module in the source."""
    return HASHED.sub(".js", name)


def test_the_tests_in_javascript_pass() -> None:
    files = sorted((REPOSITORY / "tests" / "js").glob("*.test.mjs"))
    assert files
    done = subprocess.run(
        [NODE, "--no-warnings", "--test", "--test-reporter=spec", *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_file_is_a_module(modules: dict[str, Module]) -> None:
    assert {name: module.error for name, module in modules.items() if module.error} == {}
    assert "page.js" in modules


def test_every_import_names_a_file_beside_it(modules: dict[str, Module]) -> None:
    for module in modules.values():
        assert all(each.startswith(("./", "../")) for each in module.imports), module.name
        assert set(module.imported) <= modules.keys(), module.name


def test_every_import_ends_with_a_semicolon(modules: dict[str, Module]) -> None:
    for module in modules.values():
        statements = STATEMENT.findall(module.code)
        assert {name for name, _ in statements} == set(module.imports), module.name
        assert [name for name, end in statements if not end] == [], module.name


def test_what_is_imported_later_is_what_opens_later(modules: dict[str, Module]) -> None:
    """It is neither preloaded nor counted: only what some readers never open, or few pages have."""
    later = {
        posixpath.normpath(posixpath.join(posixpath.dirname(module.name), word))
        for module in modules.values()
        for word in LATER.findall(module.code)
    }
    elements = (
        "file-drop", "keyboard-help", "match-gutter", "omni-box", "service-menu", "span-panel",
        "trace-freshness", "trace-views", "usual-times", "view-flame", "view-graph", "view-table",
    )  # fmt: skip
    assert later == {"lib/frozen-address.js", *(f"elements/{name}.js" for name in elements)}
    assert [name for name, module in modules.items() if re.search(r"\bimport\s*\((?!\"\.)", module.code)] == []


def test_no_modules_import_each_other_in_a_circle(modules: dict[str, Module]) -> None:
    try:
        TopologicalSorter({name: module.imported for name, module in modules.items()}).prepare()
    except CycleError as problem:
        pytest.fail(" imports ".join(problem.args[1]))


def test_two_modules_speak_to_the_server(modules: dict[str, Module]) -> None:
    assert [name for name, module in modules.items() if REQUEST.search(module.code)] == ["requests.js", "uploads.js"]


def test_no_text_becomes_code_or_style(modules: dict[str, Module]) -> None:
    found = {name: FORBIDDEN.findall(module.code) for name, module in modules.items()}
    assert {name: words for name, words in found.items() if words} == {}


def test_what_is_served_imports_by_hashed_names_only(modules: dict[str, Module], collected: dict[str, Module]) -> None:
    assert {plain(name) for name in collected} == modules.keys()
    for module in collected.values():
        assert not module.error
        assert set(module.imported) <= collected.keys(), module.name


@pytest.mark.parametrize("template", MOST_GZIP_BYTES)
def test_the_javascript_of_a_page_is_small(
    modules: dict[str, Module], collected: dict[str, Module], template: str
) -> None:
    """As a browser gets it: every module compressed for itself."""
    entries = find_entries(template)
    assert entries
    needed = close_over_imports(modules, entries)
    sizes = {name: module.gzip_byte_count for name, module in collected.items() if plain(name) in needed}
    assert sum(sizes.values()) <= MOST_GZIP_BYTES[template], sorted(sizes.items(), key=lambda each: -each[1])


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        (REQUEST, 'await fetch ("/api")'),
        (REQUEST, "new EventSource(address)"),
        (REQUEST, "globalThis.fetch(address)"),
        (FORBIDDEN, "row.innerHTML = name"),
        (FORBIDDEN, 'row.insertAdjacentHTML("beforeend", name)'),
        (FORBIDDEN, "document.write(name)"),
        (FORBIDDEN, "eval(name)"),
        (FORBIDDEN, 'row.setAttribute("style", name)'),
        (FORBIDDEN, "row.setAttribute('onclick', name)"),
    ],
)
def test_a_broken_rule_is_noticed(rule: re.Pattern[str], code: str) -> None:
    module = Module(name="a.js", source=f"// {code}\n{code}", imports=(), error="")
    assert len(rule.findall(module.code)) == 1


@pytest.mark.parametrize(("statement", "end"), [('import "./b.js"', ""), ('export {\n  b,\n} from "./b.js";', ";")])
def test_statements_are_found(statement: str, end: str) -> None:
    assert STATEMENT.findall(statement) == [("./b.js", end)]
