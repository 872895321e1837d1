"""Static files under names that change with their content, collected when they changed since the last time."""

import hashlib
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.files.base import ContentFile, File
from django.core.management import call_command
from rjsmin import jsmin
from whitenoise.storage import CompressedManifestStaticFilesStorage


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """A module's imports are rewritten to the hashed names too, so that no module is loaded twice or stale.

    Modules are collected without comments and spaces, which leaves three quarters of what they weigh.
    """

    support_js_module_import_aggregation = True
    # A pass names modules whose imports are all named: as many as the longest chain of imports.
    max_post_process_passes = 20

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Where files of a plain and of a hashed name are written alike."""
        if name.endswith(".js"):
            content.seek(0)
            content = ContentFile(jsmin(content.read()))
        return str(super()._save(name, content))


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
