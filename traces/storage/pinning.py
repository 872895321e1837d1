"""The quarter of the relational store that pins traces."""

from collections.abc import Sequence

from traces.domain.pin import Pin
from traces.storage import pins
from traces.storage.counted import ProjectId
from traces.storage.engine import Engine
from traces.storage.guards import guarded


class Pinning:
    """See `SpanStore`."""

    _engine: Engine

    @guarded
    def pin_trace(self, project: ProjectId, trace_id: bytes, note: str) -> Pin:
        self._engine.prepare_write()
        return pins.pin_trace(project, trace_id, note, self._engine)

    @guarded
    def unpin_trace(self, project: ProjectId, trace_id: bytes) -> bool:
        return bool(pins.unpin_traces(project, [trace_id], self._engine))

    @guarded
    def find_pins(self, project: ProjectId, trace_ids: Sequence[bytes]) -> dict[bytes, Pin]:
        return pins.find_pins(project, trace_ids) if trace_ids else {}

    @guarded
    def list_pins(self, project: ProjectId) -> list[Pin]:
        return pins.list_pins(project)
