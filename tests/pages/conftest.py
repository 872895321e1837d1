"""Spans and static files for tests of pages."""

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.pages.sending import send_spans

Send = Callable[..., None]


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files under the names they have in production; the live server finds them where they were collected."""
    collected = str(tmp_path_factory.mktemp("static"))
    with override_settings(STATIC_ROOT=collected):
        call_command("collectstatic", verbosity=0, interactive=False)
        with override_settings(STATICFILES_DIRS=[collected]):
            yield


@pytest.fixture
def send(transactional_db: None) -> Send:
    """`send(make_span(1), make_span(2, parent=1), service="shop")`, into an empty store."""
    return send_spans
