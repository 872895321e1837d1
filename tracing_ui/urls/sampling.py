"""What the gateway answers on the port that Jaeger's clients ask for strategies."""

from tracing_ui.urls import gateway

urlpatterns = [*gateway.answers]

handler500 = "tracing_ui.operate.door_failed"
