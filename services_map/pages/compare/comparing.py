"""What is compared with what: a window with another one, or a version with another one in the same window.

The addresses have `against`, and for a window of one's own `other_start` and `other_end`, for versions `version` and
`other_version`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from services_map.domain.summary import Coverage, VersionSeen
from services_map.pages.service.asked import Asked
from services_map.windows import WindowForm, read_window, spell_second
from traces.domain.query import Window
from traces.domain.search_text import NS_PER_SECOND
from traces.domain.span import Operation, SpanKind, clean_name, kind_name
from traces.words import named

DAY_NS: Final = 86_400 * NS_PER_SECOND
BEFORE: Final = "before"
WINDOW: Final = "window"
VERSION: Final = "version"
_SHIFTS_NS: Final = {"day": DAY_NS, "week": 7 * DAY_NS}
#: Of each `against` of windows: what leads to it, and how the other side is called, alone and in a sentence.
_OTHER_WINDOWS: Final = {
    BEFORE: (gettext_lazy("The window before"),) * 2 + (gettext_lazy("the window before"),),
    "day": (gettext_lazy("A day before"),) * 2 + (gettext_lazy("the same hours a day before"),),
    "week": (gettext_lazy("A week before"),) * 2 + (gettext_lazy("the same hours a week before"),),
    WINDOW: (gettext_lazy("Another window"), gettext_lazy("The other window"), gettext_lazy("the other window")),
}
AGAINST: Final = (*_OTHER_WINDOWS, VERSION)
_OTHERS: Final = ("other_start", "other_end", "other_version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the two sides: how it is called, in a sentence and alone, and what finds its spans.

    `tone` is a class of chart.css.
    """

    name: str
    label: str
    tone: str
    asked: Asked
    form: WindowForm

    @property
    def window(self) -> Window:
        return self.form.window

    def search(self, **conditions: str) -> str:
        """The address of the search for its spans."""
        return self.asked.search(self.form, **conditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something else to compare with."""

    name: str
    label: str
    address: str
    is_chosen: bool


def read_against(data: QueryDict) -> str:
    """One of AGAINST; the window before for what is none of them."""
    against = data.get("against", "")
    return against if against in AGAINST else BEFORE


def list_choices(asked: Asked, form: WindowForm, against: str) -> list[Choice]:
    """All of AGAINST, for the same window."""
    labels = [str(label) for label, *_ in _OTHER_WINDOWS.values()] + [gettext("Versions")]
    return [
        Choice(
            name=name,
            label=label,
            address=asked.compare(form, against="" if name == BEFORE else name),
            is_chosen=name == against,
        )
        for name, label in zip(AGAINST, labels, strict=True)
    ]


def read_other(data: QueryDict, form: WindowForm, against: str) -> WindowForm | None:
    """The other window, its `error` a sentence where it cannot be read; None where none is named yet."""
    if against == VERSION:
        return form
    if against == WINDOW:
        return _read_named(data, form)
    if against == BEFORE:
        return _freeze(form.before, form)
    shift_ns = _SHIFTS_NS[against]
    window = form.window
    return _freeze(Window(start_ns=window.start_ns - shift_ns, end_ns=window.end_ns - shift_ns), form)


def _read_named(data: QueryDict, form: WindowForm) -> WindowForm | None:
    start, end = data.get("other_start", ""), data.get("other_end", "")
    if not start.strip() and not end.strip():
        return None
    fields = QueryDict(mutable=True)
    fields.update({"start": start, "end": end, "zone": data.get("zone", "")})
    return read_window(fields, form.now_ns)


def _freeze(window: Window, form: WindowForm) -> WindowForm:
    """For addresses that mean this window also later."""
    start, end = (spell_second(max(0, at_ns) // NS_PER_SECOND) for at_ns in (window.start_ns, window.end_ns - 1))
    said = {"lookback": "", "start": start, "end": end}
    return WindowForm(values=said, window=window, now_ns=form.now_ns, carried=said)


def name_windows(asked: Asked, form: WindowForm, counted: Coverage, against: str) -> tuple[Part, Part]:
    """The two sides, where two windows are compared: as what was counted in them."""
    _, label, name = _OTHER_WINDOWS[against]
    return (
        Part(
            name=gettext("this window"),
            label=gettext("This window"),
            tone="after",
            asked=asked,
            form=_freeze(counted.covered, form),
        ),
        Part(name=str(name), label=str(label), tone="before", asked=asked, form=_freeze(counted.covered_before, form)),
    )


def overlap(a: Window, b: Window) -> bool:
    """Whether some calls are on both sides, and so are compared with themselves."""
    return a.start_ns < b.end_ns and b.start_ns < a.end_ns


def name_versions(asked: Asked, form: WindowForm, counted: Coverage, versions: tuple[str, str]) -> tuple[Part, Part]:
    """The two sides, where two versions are."""
    fixed = _freeze(counted.covered, form)
    parts = []
    for version, tone in zip(versions, ("after", "before"), strict=True):
        name = named(version)
        parts.append(Part(name=name, label=name, tone=tone, asked=replace(asked, version=version), form=fixed))
    return parts[0], parts[1]


def choose_versions(data: QueryDict, asked: Asked, seen: Sequence[VersionSeen]) -> tuple[str, str] | None:
    """A and B: those of the address, else the latest ones in the window; None where there are no two.

    Versions that the address names need not be in the window.
    """
    latest = [version.version for version in seen if version.version]
    a = asked.version or next((version for version in latest if version != _other_version(data)), "")
    b = _other_version(data) or next((version for version in latest if version != a), "")
    return (a, b) if a and b else None


def _other_version(data: QueryDict) -> str:
    return clean_name(data.get("other_version", ""))


def hidden_fields(asked: Asked, form: WindowForm, *, without: str = "") -> Mapping[str, str]:
    """What a form keeps of this page besides what it asks for."""
    fields = {**asked.said, **form.carried}
    return {name: value for name, value in fields.items() if value and name != without}


def swap_address(parts: tuple[Part, Part], form: WindowForm) -> str:
    """The page with the two versions the other way round."""
    a, b = (part.asked.version or "" for part in parts)
    return parts[0].asked.compare(form, against=VERSION, version=b, other_version=a)


def operation_address(asked: Asked, operation: Operation, form: WindowForm, data: QueryDict) -> str:
    """The same comparison of one operation."""
    kept = {name: clean_name(data.get(name, "")) for name in ("against", *_OTHERS)}
    kind = kind_name(operation.kind) if operation.kind in SpanKind._value2member_map_ else ""
    return asked.compare(form, operation=operation.name, kind=kind, **kept)
