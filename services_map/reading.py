"""What readers of roll-ups do: services, operations, links, examples of a window. Doors call these and nothing below.

A window is aligned outwards to whole slots; each answer says what it covers. Windows without roll-ups, in the future
or before everything, give empty answers, never an error. `before` is a window to compare with.
"""

from services_map.domain.cells import Example
from services_map.domain.histogram import Histogram
from services_map.domain.summary import MapFigures, Neighbours, OperationsPage, ServicesOverview, SubjectDetail
from traces.domain.query import Window
from traces.storage.base import ProjectId


def load_services(project: ProjectId, window: Window, before: Window) -> ServicesOverview:
    """Every service and every database, queue and external system with calls in the window or the one before."""
    raise NotImplementedError


def load_operations(
    project: ProjectId, window: Window, before: Window, service: str, limit: int = 200
) -> OperationsPage:
    """The operations of a service that took the most time. Raises ServiceNotFound."""
    raise NotImplementedError


def load_subject(
    project: ProjectId,
    window: Window,
    before: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
) -> SubjectDetail:
    """A service, or its operation of that name (and kind); of one version ("": spans without one) or all.

    Raises ServiceNotFound, OperationNotFound, VersionNotFound.
    """
    raise NotImplementedError


def load_links(project: ProjectId, window: Window, before: Window) -> MapFigures:
    """The dependency map."""
    raise NotImplementedError


def load_neighbours(project: ProjectId, window: Window, before: Window, service: str) -> Neighbours:
    """Who calls a service and whom it calls. Raises ServiceNotFound."""
    raise NotImplementedError


def find_examples(
    project: ProjectId,
    window: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
    row: int | None = None,
    only_failed: bool = False,
    limit: int = 20,
) -> list[Example]:
    """Spans that fell into a window (and into a row of its heatmap), at most one a trace, the longest first.

    They are of any version: examples are not kept by version. Raises as `load_subject`.
    """
    raise NotImplementedError


def load_histogram(
    project: ProjectId,
    window: Window,
    service: str,
    operation: str | None = None,
    kind: int | None = None,
    version: str | None = None,
) -> tuple[Histogram, Histogram]:
    """The durations of all calls of a window, and of those that failed. Raises as `load_subject`."""
    raise NotImplementedError
