"""The settings, and the only reader of the environment. docs/configuration.md explains each to its user.

A value that cannot be used raises ImproperlyConfigured with a sentence that says what to do.
"""

import os
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError, validate

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / ".env"), recurse=False)


def _positive(name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1))


def _port(name: str, default: int) -> int:
    return env.int(name, default, validate=validate.Range(min=1, max=65_535))


def _secret_key(path: Path) -> str:
    """SECRET_KEY, or one made at the first start and kept in a file that only its owner can read."""
    if key := env.str("SECRET_KEY", ""):
        return key
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


def _database(url: str) -> dict[str, object]:
    """Django's DATABASES entry for a `sqlite:///path` or `postgresql://…` address."""
    scheme = urlsplit(url).scheme
    if scheme not in ("sqlite", "postgresql", "postgres"):
        raise ImproperlyConfigured(
            f"DATABASE_URL begins with “{scheme}:”; use sqlite:///path/to/file or postgresql://user@host/name."
        )
    config: dict[str, object] = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    if scheme == "sqlite":
        Path(str(config["NAME"])).parent.mkdir(parents=True, exist_ok=True)
        config["CONN_HEALTH_CHECKS"] = False
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # auto_vacuum before WAL, or the file never shrinks; FULL: a commit survives a power cut;
            # secure_delete off: dropping an index table need not overwrite it.
            "init_command": (
                "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                " PRAGMA secure_delete=OFF; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY;"
                " PRAGMA mmap_size=1073741824; PRAGMA wal_autocheckpoint=20000;"
                " PRAGMA journal_size_limit=268435456"
            ),
        }
    else:
        config["OPTIONS"] = {"connect_timeout": 5, "application_name": "tracing-ui"}
    return config


try:
    DEBUG = env.bool("DEBUG", False)
    VAR_DIR = Path(env.str("VAR_DIR", "") or BASE_DIR / "var").resolve()
    SECRET_KEY = _secret_key(VAR_DIR / "secret_key")

    # Where the processes listen.
    LISTEN_HOST = env.str("LISTEN_HOST", "127.0.0.1")
    WEB_PORT = _port("WEB_PORT", 16686)
    OTLP_HTTP_PORT = _port("OTLP_HTTP_PORT", 4318)
    OTLP_GRPC_PORT = _port("OTLP_GRPC_PORT", 4317)
    # The names this server answers to, beside every address in digits; KnownHostMiddleware refuses the rest.
    KNOWN_HOSTS = ["localhost", socket.gethostname(), LISTEN_HOST, *env.list("ALLOWED_HOSTS", [])]
    ALLOWED_HOSTS = ["*"]
    # Other web pages whose browsers may send spans here; pages on this machine always may.
    CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])

    # Where things are kept.
    DATABASE_URL = env.str("DATABASE_URL", f"sqlite:///{VAR_DIR / 'tracing.sqlite3'}")
    DATABASES = {"default": _database(DATABASE_URL)}
    REDIS_URL = env.str("REDIS_URL", "")

    # What a sender may do.
    INGEST_MAX_BODY_BYTES = _positive("INGEST_MAX_BODY_BYTES", 64 * 1024 * 1024)
    INGEST_MAX_PENDING_BYTES = _positive("INGEST_MAX_PENDING_BYTES", 256 * 1024 * 1024)
    INGEST_THREADS = _positive("INGEST_THREADS", 64)
    INGEST_COMMIT_TIMEOUT_SECONDS = _positive("INGEST_COMMIT_TIMEOUT_SECONDS", 10)
    INGEST_DEDUPLICATE_SECONDS = _positive("INGEST_DEDUPLICATE_SECONDS", 3_600)

    # How long spans stay, and in what portions they go.
    RETENTION_HOURS = env.int("RETENTION_HOURS", 7 * 24, validate=validate.Range(min=0))
    PARTITION_MAX_SPANS = _positive("PARTITION_MAX_SPANS", 1_000_000)
    PARTITION_MAX_HOURS = _positive("PARTITION_MAX_HOURS", 12)

    # What a search may cost.
    SEARCH_TIMEOUT_SECONDS = env.float("SEARCH_TIMEOUT_SECONDS", 10.0, validate=validate.Range(min=0.1))
    SEARCH_COUNT_SECONDS = env.float("SEARCH_COUNT_SECONDS", 0.25, validate=validate.Range(min=0.0))

    LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
    LOG_FORMAT = env.str("LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"]))
    # Which port this process serves; the commands `web` and `collector` set it.
    SERVED_PORT = env.str("TRACING_UI_SERVES", "web", validate=validate.OneOf(["web", "collector"]))
except EnvError as problem:
    raise ImproperlyConfigured(f"{problem} See docs/configuration.md.") from None

if INGEST_MAX_PENDING_BYTES < 2 * INGEST_MAX_BODY_BYTES:
    raise ImproperlyConfigured(
        "INGEST_MAX_PENDING_BYTES must be at least twice INGEST_MAX_BODY_BYTES: a body is held packed and unpacked."
    )
if REDIS_URL and urlsplit(REDIS_URL).scheme not in ("redis", "rediss", "unix"):
    raise ImproperlyConfigured("REDIS_URL must look like redis://host:6379/0.")

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = True
AUTH_USER_MODEL = "access.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = f"tracing_ui.urls.{SERVED_PORT}"
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
# Only our own files: no app's static files are part of any page.
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}

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
    "delete expired spans": {"task": "traces.tasks.delete_expired_partitions", "schedule": 300.0},
    "seal closed partitions": {"task": "traces.tasks.seal_closed_partitions", "schedule": 10.0},
    "forget old fingerprints": {"task": "traces.tasks.forget_old_requests", "schedule": 300.0},
}

LOGGING_CONFIG = "tracing_ui.logs.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}
