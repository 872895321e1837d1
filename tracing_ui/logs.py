"""Structured logs: one event a line, on stderr, for people (`console`) or for machines (`json`)."""

import logging.config
from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def _is_no_answer_of_ours(record: logging.LogRecord) -> bool:
    """Not a 503, which we answer on purpose and often while a database is down; its cause is logged once a commit."""
    return getattr(record, "status_code", None) != 503


def configure(options: dict[str, str]) -> None:
    """Django's LOGGING_CONFIG: `level` and `format` as in docs/configuration.md.

    Both renderers escape control characters, so that a span name cannot forge a line.
    """
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if options["format"] == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "structured": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
                    "foreign_pre_chain": [*_SHARED, structlog.processors.format_exc_info],
                }
            },
            "filters": {"unanswered": {"()": "django.utils.log.CallbackFilter", "callback": _is_no_answer_of_ours}},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
            "root": {"handlers": ["stderr"], "level": options["level"]},
            "loggers": {
                # Granian says every start and stop of a worker; what matters is said by us.
                "_granian": {"level": "WARNING"},
                "django.server": {"level": "WARNING"},
                # Answers that clients provoke are counted on /metrics, not logged one by one.
                "django.request": {"level": "ERROR", "filters": ["unanswered"]},
            },
        }
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
