"""What every HTTP port of the gateway answers beside its protocol: the operator's questions, and what is not there."""

from django.urls import path, re_path

from tracing_ui import operate

answers = [
    path("healthz", operate.say_alive),
    path("readyz", operate.say_ready_to_read),
    path("metrics", operate.show_metrics),
    re_path(r"", operate.no_such_address),
]
