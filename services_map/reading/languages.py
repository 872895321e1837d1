"""What services are written in, as their SDKs say."""

from dataclasses import dataclass

from traces.domain.attributes import AttributeValue
from traces.storage import get_store
from traces.storage.base import ProjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Sdk:
    """Texts of the sender; each may be empty. `language` is `go`, `python`, …"""

    language: str
    name: str
    version: str


def read_sdks(project: ProjectId) -> dict[str, Sdk]:
    """By the name of the service, of the resource that was seen first most lately."""
    found: dict[str, Sdk] = {}
    # By id: what is new comes last.
    for resource in get_store().read_resources(project).values():
        said = resource.attributes
        service, language = _text(said.get("service.name")), _text(said.get("telemetry.sdk.language"))
        if language:
            found[service] = Sdk(
                language=language,
                name=_text(said.get("telemetry.sdk.name")),
                version=_text(said.get("telemetry.sdk.version")),
            )
    return found


def _text(value: AttributeValue | None) -> str:
    return value if isinstance(value, str) else ""
