"""Static files as they are collected: the style sheet is one file, Plotly is as it was installed."""

import gzip
import json
import re
from pathlib import Path

import plotly
import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.modules import STATIC
from tracing_ui.static_files import PLOTLY, PlotlyFinder

INSTALLED = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("collected")
    with override_settings(STATIC_ROOT=str(folder), STATICFILES_DIRS=[STATIC]):
        call_command("collectstatic", verbosity=0, interactive=False)
    return folder


def test_the_style_sheet_is_one_file_with_every_component_in_its_order(collected: Path) -> None:
    named = json.loads((collected / "staticfiles.json").read_text())["paths"]["css/app.css"]
    sheet = (collected / named).read_text()
    imported = re.findall(r'@import url\("([^"]+)"\)', (STATIC / "css" / "app.css").read_text())
    assert len(imported) > 20
    assert "@import" not in sheet
    places = [sheet.index((STATIC / "css" / name).read_text()) for name in imported]
    assert places == sorted(places)


def test_plotly_is_found_and_nothing_else_of_its_package() -> None:
    finder = PlotlyFinder()
    assert finder.find(PLOTLY) == str(INSTALLED)
    assert finder.find(PLOTLY, find_all=True) == [str(INSTALLED)]
    assert finder.find("plotly/widgetbundle.js") == []
    assert [name for name, _ in finder.list(None)] == ["plotly.min.js"]
    assert not (STATIC / "plotly").exists()


def test_plotly_is_served_as_installed_hashed_and_compressed(collected: Path) -> None:
    named = json.loads((collected / "staticfiles.json").read_text())["paths"][PLOTLY]
    assert named != PLOTLY
    assert (collected / named).read_bytes() == INSTALLED.read_bytes()
    assert gzip.decompress((collected / f"{named}.gz").read_bytes()) == INSTALLED.read_bytes()


def test_plotly_looks_for_its_rules_where_we_offer_them() -> None:
    """A Plotly that looks elsewhere would write a <style>, which our pages forbid."""
    code, ours = INSTALLED.read_text(), (STATIC / "js" / "plotly.js").read_text()
    assert '"plotly.js-style-"' in code
    ids = {text.split('"')[0] for text in code.split('getElementById("')[1:]}
    assert {text for text in ids if len(text) == 64} == {ours.split('MAP_RULES = "')[1].split('"')[0]}
