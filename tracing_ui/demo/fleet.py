"""The services of the shop, as data, and the processes that run them."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b

from tracing_ui.demo.values import Value

# What `make demo-remove` finds the demo by: every resource has it.
DEMO_KEY = "tracing_ui.demo"
MINUTE_NS = 60 * 10**9
# Version 1.42.0 of pricing came so long ago.
DEPLOYED_MINUTES_AGO = 30
_SDK_VERSIONS = {
    "go": "1.38.0",
    "java": "1.55.0",
    "python": "1.37.0",
    "nodejs": "2.1.0",
    "dotnet": "1.13.1",
    "rust": "0.31.0",
    "webjs": "2.1.0",
}
_RUNTIMES = {
    "go": ("go", "go1.25.3"),
    "java": ("OpenJDK Runtime Environment", "21.0.8+9-LTS"),
    "python": ("CPython", "3.13.7"),
    "nodejs": ("nodejs", "22.20.0"),
    "dotnet": (".NET", "9.0.9"),
    "rust": ("rustc", "1.90.0"),
}
_ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service: its name, what it is written in, and its versions, each with the minutes ago that it came.

    A trace meets one of its `pods`.
    """

    name: str
    language: str
    versions: tuple[tuple[str, int], ...]
    pods: int = 2
    namespace: str = "shop"
    # How many milliseconds the clock runs ahead on the host of one more pod, the one numbered `pods`.
    clock_offset_ms: int = 0


@dataclass(frozen=True, slots=True)
class Process:
    """One running instance of a service: what exports spans under one resource."""

    service: Service
    version: str
    pod: int

    @property
    def clock_offset_ns(self) -> int:
        return self.service.clock_offset_ms * 10**6 if self.pod == self.service.pods else 0


def _service(name: str, language: str, version: str, **more: object) -> Service:
    return Service(name=name, language=language, versions=((version, 100_000),), **more)  # type: ignore[arg-type]


_ALL = (
    _service("browser", "webjs", "2026.11.3", pods=3, namespace="web"),
    _service("storefront", "nodejs", "3.8.2", pods=3, namespace="web"),
    _service("api-gateway", "go", "0.44.1", pods=3, namespace="edge"),
    _service("auth", "go", "2.3.0"),
    _service("catalog", "java", "5.12.0", pods=3),
    _service("search", "java", "4.0.7"),
    _service("recommendation", "python", "0.19.3"),
    _service("cart", "dotnet", "1.9.4"),
    _service("checkout", "go", "7.2.0", pods=3),
    Service(name="pricing", language="go", versions=(("1.41.0", 100_000), ("1.42.0", DEPLOYED_MINUTES_AGO)), pods=3),
    _service("currency", "rust", "1.0.12", clock_offset_ms=-180),
    _service("inventory", "python", "2.6.1"),
    _service("shipping", "rust", "3.1.5", clock_offset_ms=180),
    _service("payment", "java", "6.3.0", namespace="finance"),
    _service("bank", "java", "22.4", pods=1, namespace="partners"),
    _service("notification", "nodejs", "1.15.0", namespace="back-office"),
    _service("warehouse", "python", "0.31.0", namespace="back-office"),
    _service("ad", "python", "1.2.2", pods=1, namespace="web"),
    _service("assistant", "python", "0.6.0", pods=1, namespace="web"),
    _service("settlement", "java", "3.3.1", pods=1, namespace="finance"),
    _service("ledger", "go", "1.7.0", namespace="finance"),
)
SERVICES: Mapping[str, Service] = {service.name: service for service in _ALL}


def version_at(service: Service, minutes_ago: float) -> str:
    """The version that ran then."""
    return [version for version, since in service.versions if since >= minutes_ago][-1]


def describe(process: Process) -> dict[str, Value]:
    """The resource attributes of a process."""
    service = process.service
    code = blake2b(f"{service.name} {process.version} {process.pod}".encode(), digest_size=16).hexdigest()
    named: dict[str, Value] = {
        "service.name": service.name,
        "service.namespace": service.namespace,
        "service.version": process.version,
        "service.instance.id": f"{code[:8]}-{code[8:12]}-4{code[13:16]}-a{code[17:20]}-{code[20:]}",
        "deployment.environment.name": "production",
        "telemetry.sdk.name": "opentelemetry",
        "telemetry.sdk.language": service.language,
        "telemetry.sdk.version": _SDK_VERSIONS[service.language],
        DEMO_KEY: True,
    }
    return named | (_in_a_browser(process) if service.language == "webjs" else _in_the_cluster(process, code))


def _in_a_browser(process: Process) -> dict[str, Value]:
    brands = (["Chromium 142", "Not=A?Brand 24"], ["Firefox 145"], ["Safari 19.1"])[process.pod % 3]
    platform = ("Windows", "Linux", "macOS")[process.pod % 3]
    return {
        "browser.brands": brands,
        "browser.platform": platform,
        "browser.mobile": False,
        "browser.language": ("de-DE", "en-GB", "pl-PL")[process.pod % 3],
    }


def _in_the_cluster(process: Process, code: str) -> dict[str, Value]:
    service = process.service
    runtime, runtime_version = _RUNTIMES[service.language]
    node = f"node-{int(code[:2], 16) % 9 + 1}"
    return {
        "process.runtime.name": runtime,
        "process.runtime.version": runtime_version,
        "process.pid": 1,
        "os.type": "linux",
        "host.name": node,
        "host.arch": "arm64" if int(code[2], 16) % 2 else "amd64",
        "k8s.cluster.name": "shop-production",
        "k8s.namespace.name": service.namespace,
        "k8s.deployment.name": service.name,
        "k8s.pod.name": f"{service.name}-{code[20:29]}-{code[27:32]}",
        "k8s.node.name": node,
        "cloud.provider": "aws",
        "cloud.region": "eu-central-1",
        "cloud.availability_zone": _ZONES[process.pod % len(_ZONES)],
    }
