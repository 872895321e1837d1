"""Static files under names that change with their content, collected when they changed since the last time."""

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder, find, get_finders
from django.core.checks import CheckMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage

#: Plotly draws charts again in the browser. It comes out of the installed package as it is, 4.8 MB of it.
PLOTLY = "plotly/plotly.min.js"
_IMPORT = re.compile(rb'@import url\("([^"]+?)(?:\.[0-9a-f]{12})?\.css"\);')


class PlotlyFinder(BaseFinder):
    """Finds Plotly's JavaScript where pip put it."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        spec = find_spec("plotly")
        if spec is None or not spec.submodule_search_locations:
            raise ImproperlyConfigured("The package plotly is not installed: pip install -r requirements.txt")
        folder = Path(spec.submodule_search_locations[0]) / "package_data"
        self.storage = FileSystemStorage(location=str(folder))
        self.storage.prefix = "plotly"  # type: ignore[attr-defined]  # for collectstatic

    def check(self, **kwargs: object) -> list[CheckMessage]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: object) -> Any:
        if path != PLOTLY:
            return []
        found = self.storage.path(PLOTLY.removeprefix("plotly/"))
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        yield PLOTLY.removeprefix("plotly/"), self.storage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A module's imports are rewritten to the hashed names too, so that no module is loaded twice or stale.

    Modules are collected without comments and spaces, which leaves three quarters of what they weigh. The style
    sheet is collected with all that it imports in place: one request instead of one for each component.
    """

    support_js_module_import_aggregation = True
    # A pass names modules whose imports are all named: as many as the longest chain of imports.
    max_post_process_passes = 20

    def _post_process(
        self, paths: Mapping[str, Any], adjustable_paths: list[str], hashed_files: dict[str, str]
    ) -> Iterator[tuple[str, str | None, object, bool]]:
        """Plotly names no other file, and is long to read: it is only named after its content."""
        ours = [path for path in adjustable_paths if path != PLOTLY]
        for name, hashed_name, processed, may_change in super()._post_process(paths, ours, hashed_files):
            yield name, hashed_name, processed, may_change and name != PLOTLY

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Where files of a plain and of a hashed name are written alike."""
        if name.endswith(".js") and not name.startswith("plotly/"):
            content.seek(0)
            content = ContentFile(jsmin(content.read()))
        elif name.startswith("css/app."):
            content.seek(0)
            content = ContentFile(_IMPORT.sub(_read_sheet, content.read()))
        return str(super()._save(name, content))


def _read_sheet(found: "re.Match[bytes]") -> bytes:
    """What stands behind an import of the style sheet, whose name may have been hashed already."""
    path = find(f"css/{found[1].decode()}.css")
    if path is None:
        raise ImproperlyConfigured(f"The style sheet imports {found[0].decode()}, which is not there.")
    return Path(path).read_bytes()


def collect_static_files() -> None:
    """Bring STATIC_ROOT up to date; costs a look at each source file where it is already."""
    root = Path(settings.STATIC_ROOT)
    stamp = root / ".collected"
    sources = _fingerprint_sources()
    if stamp.exists() and stamp.read_text() == sources:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    stamp.write_text(sources)


def _fingerprint_sources() -> str:
    """Changes when a source file comes, goes or is written."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for name, storage in sorted(finder.list([]), key=lambda found: found[0]):
            state = os.stat(storage.path(name))
            digest.update(f"{name}\0{state.st_mtime_ns}\0{state.st_size}\n".encode())
    return digest.hexdigest()
