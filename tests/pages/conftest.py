"""An empty store, and the static files, for tests of pages."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import override_settings

from tests.pages.sending import send_spans
from traces.models import Organization, Project
from traces.storage import get_store
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.relational import get_relational_store

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
def send(transactional_db: None) -> Iterator[Send]:
    """`send(make_span(1), make_span(2, parent=1), service="shop")` into an empty store."""
    get_relational_store.cache_clear()
    if not Project.objects.exists():
        organization = Organization.objects.create(slug="default")
        Project.objects.create(pk=DEFAULT_PROJECT, organization=organization, slug="default")
    yield send_spans
    get_store().delete_older_than(timedelta(0), datetime.now(UTC) + timedelta(days=1))
