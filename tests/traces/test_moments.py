"""Points in time in a zone, and which zone a page is in."""

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.template import Context, Template

from traces import words
from traces.zones import Zone, find_zone, read_zone

# tests/js/moments.test.mjs holds the browser to the same.
CASES = json.loads(Path(__file__).parent.parent.joinpath("js", "moments.json").read_text())
SECOND_NS = 1_000_000_000


def _ns(iso: str) -> int:
    whole, _, fraction = iso.removesuffix("Z").partition(".")
    return round(datetime.fromisoformat(f"{whole}+00:00").timestamp()) * SECOND_NS + int(fraction)


@pytest.mark.parametrize(("iso", "zone", "digits", "day", "clock", "offset"), CASES)
def test_a_moment_is_what_a_clock_there_shows(
    iso: str, zone: str, digits: int, day: str, clock: str, offset: str
) -> None:
    assert words.iso(_ns(iso)) == iso
    assert words.moment(_ns(iso), ZoneInfo(zone), digits) == words.Moment(day, clock, offset)


@pytest.mark.parametrize(
    ("cookies", "zone"),
    [
        ({}, Zone("local", "UTC")),
        ({"zone": "UTC", "browser_zone": "Asia/Tokyo"}, Zone("UTC", "UTC")),
        ({"browser_zone": "Asia/Tokyo"}, Zone("local", "Asia/Tokyo")),
        ({"zone": "local", "browser_zone": "Asia/Tokyo"}, Zone("local", "Asia/Tokyo")),
        ({"zone": "Europe/Berlin", "browser_zone": "Asia/Tokyo"}, Zone("Europe/Berlin", "Europe/Berlin")),
        ({"zone": "Europe/Nowhere"}, Zone("local", "UTC")),
        ({"zone": "../../etc/passwd", "browser_zone": "/etc/passwd"}, Zone("local", "UTC")),
        ({"zone": "x" * 5_000, "browser_zone": '"><script>'}, Zone("local", "UTC")),
    ],
)
def test_the_zone_is_the_chosen_one_or_the_browsers(cookies: dict[str, str], zone: Zone) -> None:
    assert read_zone(cookies) == zone


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" new  york ", "America/New_York"),
        ("singapore", "Singapore"),
        ("utc", "UTC"),
        ("nowhere", ""),
        ("", ""),
        ("localtime", ""),
        ("\0", ""),
    ],
)
def test_a_zone_is_found_by_its_name_or_its_place(text: str, name: str) -> None:
    assert find_zone(text) == name


def test_a_zone_is_called_after_its_place() -> None:
    assert Zone("local", "America/Argentina/Buenos_Aires").place == "Buenos Aires"


def test_a_page_shows_a_moment_in_its_zone_and_tells_the_browser_all_of_it() -> None:
    template = Template("{% load tracing %}{% moment ns digits=0 %}")
    ns = _ns("2026-11-22T02:12:44.183204991Z")
    assert template.render(Context({"ns": ns, "zone": Zone("UTC", "Asia/Tokyo")})) == (
        '<time datetime="2026-11-22T02:12:44.183204991Z" title="2026-11-22T02:12:44.183204991Z" data-digits="0">'
        '<span class="day">2026-11-22</span> <span class="clock">11:12:44</span>'
        ' <span class="offset">+09:00</span></time>'
    )
    assert '<span class="offset">UTC</span>' in template.render(Context({"ns": ns}))
