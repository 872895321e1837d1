"""The collector: OTLP/HTTP as a WSGI application, OTLP/gRPC beside it, and the pipeline that both feed.

`manage.py collector` has `build_application` called in the one process that answers both ports.
"""

import os
from multiprocessing.util import Finalize

import grpc
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from tracing_ui.wsgi import build_application as build_http_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracing_ui.settings")

# Seconds that a gRPC call has for its answer once we are asked to stop.
GRACE_SECONDS = 5


def build_application() -> WSGIHandler:
    """The HTTP application; the pipeline and the gRPC server run when it returns, and end cleanly with the process."""
    from traces.ingest.otlp_grpc import start_server
    from traces.ingest.pipeline import get_pipeline

    application = build_http_application()
    server = start_server(settings.LISTEN_HOST, settings.OTLP_GRPC_PORT, get_pipeline())
    # Runs when the process was asked to end and every HTTP request has its answer. An exit priority is needed:
    # without one a Finalize does not run at exit.
    Finalize(None, stop_accepting, args=(server,), exitpriority=100)
    return application


def stop_accepting(server: grpc.Server) -> None:
    """End the gRPC server, then commit everything that was accepted."""
    from traces.ingest.pipeline import get_pipeline

    server.stop(grace=GRACE_SECONDS).wait()
    get_pipeline().stop()
