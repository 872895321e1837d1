"""Who speaks to whom: Zipkin's endpoints out of the attributes that its spans are kept with. Pure."""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from traces.domain.attributes import Attributes, AttributeValue, Json, format_value

_SERVICE: Final = "service.name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """`local` and `remote` as Zipkin's JSON has them, empty if nothing is known; the attributes that are in neither."""

    local: dict[str, Json]
    remote: dict[str, Json]
    resource_attributes: Attributes
    span_attributes: Attributes


def take_endpoints(resource: Attributes, span: Attributes) -> Endpoints:
    """The service is the resource's. Addresses and the other's name are the span's, in the names that readers of
    Zipkin give them; where such a name is another attribute's, they have a second one.
    """
    rest = dict(span)
    remote = _take_name(rest)
    local = {"serviceName": service} if (service := format_value(resource.get(_SERVICE))) else {}
    return Endpoints(
        local={**local, **_take_address(rest, "net.host.", "zipkin.local.")},
        remote={**remote, **_take_address(rest, "net.peer.", "zipkin.remote.")},
        resource_attributes={key: value for key, value in resource.items() if key != _SERVICE},
        span_attributes=rest,
    )


def _take_name(rest: dict[str, AttributeValue]) -> dict[str, Json]:
    for key in ("zipkin.remote.service", "peer.service"):
        value = rest.get(key)
        if isinstance(value, str) and value:
            del rest[key]
            return {"serviceName": value}
    return {}


def _take_address(rest: dict[str, AttributeValue], prefix: str, spare: str) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key in (f"{spare}ip", f"{prefix}ip"):
        if not found and (field := _find_field(rest.get(key))):
            found[field] = format_value(rest.pop(key))
    if "ipv4" in found and _find_field(rest.get(f"{spare}ipv6")) == "ipv6":
        found["ipv6"] = format_value(rest.pop(f"{spare}ipv6"))
    for key in (f"{spare}port", f"{prefix}port"):
        if "port" not in found and _is_port(rest, key):
            found["port"] = int(format_value(rest.pop(key)))
    return found


def _find_field(value: AttributeValue) -> str:
    """The field of an address; empty for what is none."""
    if not isinstance(value, str):
        return ""
    try:
        return f"ipv{ipaddress.ip_address(value).version}"
    except ValueError:
        return ""


def _is_port(attributes: Mapping[str, AttributeValue], key: str) -> bool:
    """A text stays a tag, which is a text, too."""
    value = attributes.get(key)
    return type(value) is int and 0 < value < 65_536
