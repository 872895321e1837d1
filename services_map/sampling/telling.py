"""What services are told about sampling."""

from dataclasses import dataclass

from services_map.domain.sampling.choosing import choose
from services_map.domain.sampling.strategy import Strategy
from services_map.sampling.decided import get_decided, load_decided, load_file
from traces import reading
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """What every known service is told, by name: those that sent spans, and those that somebody decided for.

    `anyone` is what a service is told that nobody knows. `file_notes` are sentences on what the file of strategies says
    and cannot mean, or on why it cannot be read.
    """

    strategies: list[Strategy]
    anyone: Strategy
    file_notes: tuple[str, ...]


def tell(project: ProjectId, service: str) -> Strategy:
    """What the service is told; the answer may be a few seconds old. Raises StoreUnavailable."""
    return choose(service, get_decided(project).get())


def describe(project: ProjectId) -> Description:
    """As it is now. Raises StoreUnavailable."""
    decided = load_decided(project)
    seen = {service.name for service in reading.list_services(project)}
    names = sorted((seen | decided.rules.keys() | decided.file.keys()) - {""})
    return Description(
        strategies=[choose(name, decided) for name in names],
        anyone=choose("", decided),
        file_notes=load_file().notes,
    )
