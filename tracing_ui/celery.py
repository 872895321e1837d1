"""The Celery application: `celery -A tracing_ui worker --beat`, or `manage.py worker`."""

import os

from celery import Celery
from celery.signals import celeryd_after_setup

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")

app = Celery("tracing_ui")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


def _keep_what_tasks_do(**_: object) -> None:
    """In a worker only. Django's tables are not known yet where this file is read."""
    from tracing_ui.task_log import watch_tasks

    watch_tasks()


celeryd_after_setup.connect(_keep_what_tasks_do)
