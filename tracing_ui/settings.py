"""The settings, and the only reader of the environment. docs/configuration.md explains each to its user.

A value that cannot be used raises ImproperlyConfigured with a sentence that says what to do.
"""

import os
import socket
from pathlib import Path
from urllib.parse import quote

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

from tracing_ui.environment import (
    check_deduplication,
    check_pending_bytes,
    check_range,
    check_redis_url,
    check_retention_bytes,
    check_web_threads,
    keep_secret_key,
    make_directory,
    make_url,
    parse_bytes,
    parse_database_url,
)

BASE_DIR = Path(__file__).resolve().parent.parent
_MAX_PORT = 65_535
_HOUR_IN_SECONDS = 3_600
_TEN_YEARS_IN_DAYS = 10 * 365
_TEN_YEARS_IN_HOURS = _TEN_YEARS_IN_DAYS * 24
# The longest message of gRPC and protobuf.
_MAX_MESSAGE_BYTES = 2**31 - 1

env = Env()


def _whole(name: str, default: int, *, least: int = 1, most: int) -> int:
    value = env.int(name, default)
    check_range(name, value, least, most)
    return value


def _bytes(name: str, default: int) -> int:
    return parse_bytes(name, env.str(name, str(default)))


def _number(name: str, default: float, *, least: float, most: float) -> float:
    value = env.float(name, default)
    check_range(name, value, least, most)
    return value


def _seconds(name: str, default: float, *, least: float) -> float:
    return _number(name, default, least=least, most=_HOUR_IN_SECONDS)


try:
    env.read_env(str(BASE_DIR / ".env"), recurse=False)
except (OSError, ValueError):
    raise ImproperlyConfigured(f"{BASE_DIR / '.env'} cannot be read: it must be a file of text in UTF-8.") from None

try:
    DEBUG = env.bool("DEBUG", False)
    VAR_DIR = make_directory("VAR_DIR", Path(env.str("VAR_DIR", "") or BASE_DIR / "var"))
    SECRET_KEY = env.str("SECRET_KEY", "") or keep_secret_key(VAR_DIR / "secret_key")

    # Where the processes listen.
    LISTEN_HOST = env.str("LISTEN_HOST", "127.0.0.1")
    WEB_PORT = _whole("WEB_PORT", 16686, most=_MAX_PORT)
    OTLP_HTTP_PORT = _whole("OTLP_HTTP_PORT", 4318, most=_MAX_PORT)
    OTLP_GRPC_PORT = _whole("OTLP_GRPC_PORT", 4317, most=_MAX_PORT)
    # The ports of the backends we stand in for; 0 is closed.
    ZIPKIN_PORT = _whole("ZIPKIN_PORT", 9411, least=0, most=_MAX_PORT)
    JAEGER_HTTP_PORT = _whole("JAEGER_HTTP_PORT", 14268, least=0, most=_MAX_PORT)
    JAEGER_GRPC_PORT = _whole("JAEGER_GRPC_PORT", 14250, least=0, most=_MAX_PORT)
    JAEGER_QUERY_PORT = _whole("JAEGER_QUERY_PORT", 16685, least=0, most=_MAX_PORT)
    JAEGER_COMPACT_PORT = _whole("JAEGER_COMPACT_PORT", 0, least=0, most=_MAX_PORT)
    JAEGER_BINARY_PORT = _whole("JAEGER_BINARY_PORT", 0, least=0, most=_MAX_PORT)
    TEMPO_PORT = _whole("TEMPO_PORT", 3200, least=0, most=_MAX_PORT)
    SAMPLING_PORT = _whole("SAMPLING_PORT", 5778, least=0, most=_MAX_PORT)
    # Where spans that came in another protocol are handed on to.
    COLLECTOR_URL = env.str("COLLECTOR_URL", "").rstrip("/") or make_url(LISTEN_HOST, OTLP_HTTP_PORT)
    # The names this server answers to, beside every address in digits; KnownHostMiddleware refuses the rest.
    KNOWN_HOSTS = ["localhost", socket.gethostname(), LISTEN_HOST, *env.list("ALLOWED_HOSTS", [])]
    ALLOWED_HOSTS = ["*"]
    # Other web pages whose browsers may send spans here; pages on this machine always may.
    CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])

    MAX_CONNECTIONS = _whole("MAX_CONNECTIONS", 4_096, least=64, most=1_000_000)
    WEB_THREADS = _whole("WEB_THREADS", 16, least=2, most=4_096)

    # Where things are kept.
    DATABASE_URL = env.str("DATABASE_URL", "") or f"sqlite:///{quote(str(VAR_DIR / 'tracing.sqlite3'))}"
    DATABASES = {"default": parse_database_url(DATABASE_URL)}
    REDIS_URL = check_redis_url(env.str("REDIS_URL", ""))

    DISK_RESERVE_BYTES = _whole("DISK_RESERVE_BYTES", 128 * 1024 * 1024, least=0, most=2**63 - 1)

    # What a sender may do.
    INGEST_MAX_BODY_BYTES = _whole("INGEST_MAX_BODY_BYTES", 64 * 1024 * 1024, most=_MAX_MESSAGE_BYTES)
    INGEST_MAX_PENDING_BYTES = _whole("INGEST_MAX_PENDING_BYTES", 256 * 1024 * 1024, most=2**63 - 1)
    INGEST_MAX_ATTRIBUTES = _whole("INGEST_MAX_ATTRIBUTES", 2_000, most=_MAX_MESSAGE_BYTES)
    INGEST_MAX_EVENTS = _whole("INGEST_MAX_EVENTS", 10_000, most=_MAX_MESSAGE_BYTES)
    INGEST_MAX_LINKS = _whole("INGEST_MAX_LINKS", 10_000, most=_MAX_MESSAGE_BYTES)
    INGEST_MAX_TEXT_BYTES = _whole("INGEST_MAX_TEXT_BYTES", 4 * 1024 * 1024, least=256, most=_MAX_MESSAGE_BYTES)
    INGEST_WRITERS = _whole("INGEST_WRITERS", min(2, os.cpu_count() or 1), most=64)
    INGEST_THREADS = _whole("INGEST_THREADS", 64, most=4_096)
    INGEST_MAX_UPLOADS = _whole("INGEST_MAX_UPLOADS", 1_024, most=4_096)
    INGEST_COMMIT_TIMEOUT_SECONDS = _whole("INGEST_COMMIT_TIMEOUT_SECONDS", 10, most=_HOUR_IN_SECONDS)
    INGEST_DEDUPLICATE_SECONDS = _whole(
        "INGEST_DEDUPLICATE_SECONDS", 3_600, most=_TEN_YEARS_IN_HOURS * _HOUR_IN_SECONDS
    )

    # What an imported file may cost.
    IMPORT_MAX_BYTES = _whole("IMPORT_MAX_BYTES", 1024 * 1024 * 1024, most=2**63 - 1)

    # How long spans stay, and in what portions they go.
    RETENTION_HOURS = _whole("RETENTION_HOURS", 7 * 24, least=0, most=_TEN_YEARS_IN_HOURS)
    RETENTION_BYTES = _bytes("RETENTION_BYTES", 0)
    PINNED_TRACES_MAX = _whole("PINNED_TRACES_MAX", 500, least=0, most=10_000)
    PARTITION_MAX_SPANS = _whole("PARTITION_MAX_SPANS", 1_000_000, most=2**31 - 1)
    PARTITION_MAX_HOURS = _whole("PARTITION_MAX_HOURS", 12, most=_TEN_YEARS_IN_HOURS)

    # What a search may cost.
    SEARCH_TIMEOUT_SECONDS = _seconds("SEARCH_TIMEOUT_SECONDS", 10.0, least=0.1)
    SEARCH_MAX_CONCURRENT = _whole("SEARCH_MAX_CONCURRENT", 8, most=1_024)
    SEARCH_COUNT_SECONDS = _seconds("SEARCH_COUNT_SECONDS", 0.02, least=0.0)

    # What opening a trace may cost.
    TRACE_MAX_SPANS = _whole("TRACE_MAX_SPANS", 250_000, most=2**31 - 1)
    TRACE_LAYOUT_CACHE_BYTES = _whole("TRACE_LAYOUT_CACHE_BYTES", 64 * 1024 * 1024, least=0, most=2**63 - 1)
    TRACE_CACHE_BYTES = _whole("TRACE_CACHE_BYTES", 64 * 1024 * 1024, least=0, most=2**63 - 1)

    # How long the roll-ups of each level stay, and what reading them may cost.
    ROLLUP_MINUTES_HOURS = _whole("ROLLUP_MINUTES_HOURS", 48, most=_TEN_YEARS_IN_HOURS)
    ROLLUP_TEN_MINUTES_DAYS = _whole("ROLLUP_TEN_MINUTES_DAYS", 14, most=_TEN_YEARS_IN_DAYS)
    ROLLUP_HOURS_DAYS = _whole("ROLLUP_HOURS_DAYS", 90, most=_TEN_YEARS_IN_DAYS)
    ROLLUP_DAYS_DAYS = _whole("ROLLUP_DAYS_DAYS", 730, most=_TEN_YEARS_IN_DAYS)
    ROLLUP_CACHE_BYTES = _whole("ROLLUP_CACHE_BYTES", 64 * 1024 * 1024, least=0, most=2**63 - 1)

    # What clients are told to sample.
    SAMPLING_STRATEGIES_FILE = env.str("SAMPLING_STRATEGIES_FILE", "")
    SAMPLING_DEFAULT_PROBABILITY = _number("SAMPLING_DEFAULT_PROBABILITY", 1.0, least=0.0, most=1.0)
    SAMPLING_ADAPTIVE = env.bool("SAMPLING_ADAPTIVE", False)
    SAMPLING_TARGET_PER_SECOND = _number("SAMPLING_TARGET_PER_SECOND", 1.0, least=0.001, most=1_000_000.0)
    SAMPLING_LEAST_PER_MINUTE = _number("SAMPLING_LEAST_PER_MINUTE", 1.0, least=0.0, most=1_000_000.0)

    LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    LOG_FORMAT = env.str("LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"]))
    # Which ports this process serves; the commands `web`, `collector` and `gateway` set it.
    SERVED_PORT = env.str("TRACING_UI_SERVES", "web", validate=validate.OneOf(["web", "collector", "gateway"]))
except EnvError as problem:
    raise ImproperlyConfigured(f"{problem} See docs/configuration.md.") from None

check_pending_bytes(INGEST_MAX_BODY_BYTES, INGEST_MAX_PENDING_BYTES)
check_web_threads(WEB_THREADS, SEARCH_MAX_CONCURRENT)
check_deduplication(INGEST_DEDUPLICATE_SECONDS, RETENTION_HOURS)
check_retention_bytes(RETENTION_BYTES)

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# One table of addresses a port. The gateway has several ports: its middleware chooses by GATEWAY_URLS.
GATEWAY_URLS = {
    str(ZIPKIN_PORT): "tracing_ui.urls.zipkin",
    str(JAEGER_HTTP_PORT): "tracing_ui.urls.jaeger_collector",
    str(TEMPO_PORT): "tracing_ui.urls.tempo",
    str(SAMPLING_PORT): "tracing_ui.urls.sampling",
}
ROOT_URLCONF = "tracing_ui.urls.zipkin" if SERVED_PORT == "gateway" else f"tracing_ui.urls.{SERVED_PORT}"
# An exporter counts a redirect as success and loses the spans.
APPEND_SLASH = False

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "tracing_ui",
    "tracing_ui.access",
    "services_map",
    "traces",
]

MIDDLEWARE = {
    "web": [
        "tracing_ui.middleware.KnownHostMiddleware",
        "django.middleware.security.SecurityMiddleware",
        "whitenoise.middleware.WhiteNoiseMiddleware",
        "csp.middleware.CSPMiddleware",
        "django.middleware.gzip.GZipMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    # Its doors answer in their protocol's own form and need nothing else.
    "collector": ["tracing_ui.middleware.KnownHostMiddleware"],
    "gateway": ["tracing_ui.middleware.KnownHostMiddleware", "tracing_ui.middleware.PortMiddleware"],
}[SERVED_PORT]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "tracing_ui.context.shell",
            ],
            "builtins": ["django.templatetags.static"],
        },
    }
]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# Our own files and Plotly's one: no app's static files are part of any page.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder", "tracing_ui.static_files.PlotlyFinder"]
STORAGES = {"staticfiles": {"BACKEND": "tracing_ui.static_files.StaticFiles"}}

# A span's content never becomes part of a page's code: no inline script or style, nothing from elsewhere.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "traces.api.errors.answer_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tracing UI",
    "DESCRIPTION": "Search traces and read them. Ids are lower-case hex, times integer nanoseconds as strings.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}

# Celery. Its work is found in the database; a lost message costs a delay, never data.
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = (
    # A killed worker's tasks come back within seconds instead of an hour.
    {"visibility_timeout": 600, "unacked_restore_interval": 2, "unacked_restore_throttle": 1} if REDIS_URL else {}
)
CELERY_BEAT_SCHEDULE = {
    "delete expired spans": {"task": "traces.tasks.delete_expired_partitions", "schedule": 30.0},
    "seal closed partitions": {"task": "traces.tasks.seal_closed_partitions", "schedule": 1.0},
    "forget old fingerprints": {"task": "traces.tasks.forget_old_requests", "schedule": 300.0},
    "roll up": {"task": "services_map.tasks.roll_up", "schedule": 1.0},
    "delete old roll-ups": {"task": "services_map.tasks.delete_old_roll_ups", "schedule": 300.0},
    "have sampling follow the load": {"task": "services_map.tasks.follow_load", "schedule": 60.0},
}

LOGGING_CONFIG = "tracing_ui.logs.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
