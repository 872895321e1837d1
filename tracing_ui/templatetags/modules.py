"""`{% preload_modules "js/page.js" %}`: a page's ES modules are asked for at once, not one after the other is read."""

import posixpath
import re
from functools import lru_cache
from pathlib import Path

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

register = template.Library()

# `import {a} from "./a.js";`, `export {a} from "./a.js";`, `import "./a.js";`. The storage that hashes names wants
# the semicolon too.
_IMPORT = re.compile(r"""^(?:import|export)\b[^;"'=(]*["'](\.[^"']+)["'];""", re.MULTILINE)


@register.simple_tag
def preload_modules(entry: str) -> SafeString:
    """A link for each module that `entry` needs, directly or not, itself first."""
    modules = list_modules(entry) if settings.DEBUG else _list_modules_once(entry)
    return format_html_join("\n", '<link rel="modulepreload" href="{}">', ((static(name),) for name in modules))


def list_modules(entry: str) -> tuple[str, ...]:
    """The static names of a module and of all it imports, nearest first. Raises FileNotFoundError."""
    found = {entry: None}
    waiting = [entry]
    while waiting:
        name = waiting.pop(0)
        for address in _IMPORT.findall(_read(name)):
            imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), address))
            if imported not in found:
                found[imported] = None
                waiting.append(imported)
    return tuple(found)


_list_modules_once = lru_cache(maxsize=64)(list_modules)


def _read(name: str) -> str:
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(f"There is no static file {name}.")
    return Path(path).read_text(encoding="utf-8")
