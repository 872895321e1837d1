"""ES modules under hashed names."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from tracing_ui.static_files import strip_comments
from tracing_ui.templatetags.modules import list_modules

STATIC = Path(settings.BASE_DIR, "static")
SOURCES = sorted(str(path.relative_to(STATIC)) for path in STATIC.glob("js/**/*.js"))


def test_a_module_is_preloaded_with_all_that_it_imports() -> None:
    modules = list_modules("js/keys.js")
    assert modules == ("js/keys.js", "js/lib/key-names.js")


def test_a_module_that_does_not_exist_is_said() -> None:
    with pytest.raises(FileNotFoundError, match=r"js/nowhere\.js"):
        list_modules("js/nowhere.js")


@pytest.mark.parametrize("name", SOURCES)
def test_what_a_module_imports_is_there(name: str) -> None:
    assert all((STATIC / module).is_file() for module in list_modules(name))


@pytest.mark.parametrize("name", SOURCES)
def test_every_import_ends_with_a_semicolon(name: str) -> None:
    """The storage that hashes names leaves others as they are: such a module would be loaded twice, and go stale."""
    text = (STATIC / name).read_text()
    imports = re.findall(r"""^(?:import|export)\b[^;"'=(]*["'][./][^"']*["'].?""", text, re.MULTILINE)
    assert [statement for statement in imports if not statement.endswith(";")] == []


@pytest.mark.parametrize("name", SOURCES)
def test_no_comment_looks_like_an_import(name: str) -> None:
    """The storage that hashes names does not know comments: a type as `import("./a.js")` would become a dependency."""
    comments = re.findall(r"/\*.*?\*/|//[^\n]*", (STATIC / name).read_text(), re.DOTALL)
    assert [comment for comment in comments if re.search(r"""\bimport\b.*["']""", comment, re.DOTALL)] == []


@pytest.mark.parametrize(
    ("code", "rest"),
    [
        ("// a\nb; // c\n", "b; // c\n"),
        ("/** a\n * b\n */\nc;\n", "c;\n"),
        ("  /* a */\n  b;\n", "  b;\n"),
        ("/* a */ b;\n/* c */\n", "/* a */ b;\n"),
        ('a = "//";\nb = 1 / 2;\n', 'a = "//";\nb = 1 / 2;\n'),
    ],
)
def test_lines_of_comment_are_not_sent_to_browsers(code: str, rest: str) -> None:
    assert strip_comments(code) == rest


@pytest.mark.parametrize("name", SOURCES)
def test_no_text_of_a_module_goes_over_several_lines(name: str) -> None:
    """A template literal that does could have a line that looks like a comment, and would lose it."""
    lines = strip_comments((STATIC / name).read_text()).splitlines()
    assert [line for line in lines if line.count("`") % 2] == []
