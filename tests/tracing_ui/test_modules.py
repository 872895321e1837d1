"""ES modules under hashed names."""

import re
from pathlib import Path

import pytest
from django.conf import settings

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
