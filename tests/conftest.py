"""What all tests share: which database they use, and real services for those that ask.

The database is the one of DATABASE_URL, as in production: SQLite by default, PostgreSQL under
`python -m tests.services.with_services pytest`.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from playwright.sync_api import Browser, Page

from services_map.reading.rows_cache import get_rows_cache
from services_map.sampling.decided import get_decided
from tests.services.chromium import run_chromium
from tests.services.postgres import PostgresServer, create_database, run_postgres
from tests.services.processes import TracingUI, start_tracing_ui
from tests.services.redis import RedisServer, run_redis
from traces.api.block_cache import get_block_cache
from traces.ingest.pipeline import get_pipeline
from traces.ingest.refusals import get_refusal_log
from traces.models import Organization, Partition, Project
from traces.storage import kin, layout, rows
from traces.storage.base import DEFAULT_PROJECT
from traces.storage.relational import get_relational_store
from traces.trace_cache import get_trace_cache

# A test that uses one of these is no unit test, whatever it is otherwise.
STORE = {"db", "transactional_db", "live_server"}
PAGES = Path(__file__).parent / "pages"
SERVICES = STORE | {"browser", "postgres", "redis_server", "new_database_url"}


def pytest_configure(config: pytest.Config) -> None:
    # The name under which Django's test client asks.
    settings.KNOWN_HOSTS.append("testserver")
    # Spans are written by a thread of the test process; journeys start the real thing.
    settings.INGEST_WRITERS = 1
    config.addinivalue_line("markers", "unit: needs no database and no server; set by conftest.py, run by `make check`")
    # Whitenoise, where static files were not collected: few tests need them.
    config.addinivalue_line("filterwarnings", "ignore:No directory at:UserWarning")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if is_unit(item):
            item.add_marker("unit")
        # Pages show what readers give them: those are held to both engines by tests of their own, pages by journeys.
        if item.path.is_relative_to(PAGES) and not item.get_closest_marker("journey"):
            item.add_marker("any_engine")
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("in_browser")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests recorded under "axe": how accessible each page is."""
    reports = [*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")]
    lines = sorted(str(value) for report in reports for key, value in report.user_properties if key == "axe")
    if lines:
        terminalreporter.section("axe")
        terminalreporter.write_line("\n".join(lines))


def is_unit(item: pytest.Item) -> bool:
    """Whether the test touches neither a database nor a server."""
    marked = any(item.get_closest_marker(name) for name in ("journey", "long", "django_db", "any_engine"))
    return not marked and not SERVICES & set(getattr(item, "fixturenames", ()))


def uses_store(item: pytest.Item) -> bool:
    """Whether the test uses the database of the test process; a journey has its own."""
    asks = bool(item.get_closest_marker("django_db") or STORE & set(getattr(item, "fixturenames", ())))
    return asks and not item.get_closest_marker("journey")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """SQLite's test database is a file, one a test process: threads and child processes share it."""
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "tracing.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Nobody asks for permissions here, and writing them anew after each test takes longer than emptying all tables."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@pytest.fixture(autouse=True)
def fresh_store(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test that uses the database starts with the default project and no partition, name or fingerprint."""
    if not uses_store(request.node):
        yield
        end_refusal_log()
        return
    request.getfixturevalue("transactional_db")
    reset_store()
    yield
    if get_pipeline.cache_info().currsize:
        get_pipeline().stop()
    end_refusal_log()
    reset_store()


def end_refusal_log() -> None:
    """Its thread must not write into the next test."""
    if get_refusal_log.cache_info().currsize:
        get_refusal_log().stop()
        get_refusal_log.cache_clear()


def reset_store() -> None:
    """What `flush` leaves behind: the tables of partitions, and what this process remembers of names."""
    for partition in Partition.objects.values_list("pk", flat=True):
        with connection.cursor() as cursor:
            for statement in layout.drop(partition):
                cursor.execute(statement)
    Partition.objects.all().delete()
    get_relational_store.cache_clear()
    get_pipeline.cache_clear()
    rows.forget_bodies()
    kin.forget_ids()
    get_block_cache.cache_clear()
    get_trace_cache.cache_clear()
    get_rows_cache.cache_clear()
    get_decided.cache_clear()
    organization, _ = Organization.objects.get_or_create(pk=1, defaults={"slug": "default"})
    Project.objects.get_or_create(pk=DEFAULT_PROJECT, defaults={"organization": organization, "slug": "default"})


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for the whole session. Stop it only in a test that starts it again."""
    with run_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """A Redis server for the whole session. Stop it only in a test that starts it again."""
    with run_redis() as server:
        yield server


@pytest.fixture
def new_database_url(tmp_path: Path) -> str:
    """An empty database on the engine under test."""
    if connection.vendor == "postgresql":
        return create_database(settings.DATABASE_URL)
    return f"sqlite:///{tmp_path / 'tracing.sqlite3'}"


@pytest.fixture
def start_server(tmp_path: Path, new_database_url: str) -> Callable[..., AbstractContextManager[TracingUI]]:
    """Starts a whole Tracing UI on an empty database of the engine under test; `**more` is its environment."""
    return partial(start_tracing_ui, tmp_path / "var", new_database_url, settings.REDIS_URL)


@pytest.fixture
def tracing_ui(start_server: Callable[..., AbstractContextManager[TracingUI]]) -> Iterator[TracingUI]:
    """A whole Tracing UI, running."""
    with start_server() as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A headless Chromium for the whole session."""
    with run_chromium() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser page without cookies or history of another test. An error in a script fails the test."""
    failures: list[str] = []
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.on("weberror", lambda error: failures.append(str(error.error)))
    yield context.new_page()
    context.close()
    assert failures == []
