"""The product: settings, addresses, processes, and who may use them."""

from tracing_ui.celery import app as celery_app

__all__ = ["celery_app"]
__version__ = "0.1.0"
