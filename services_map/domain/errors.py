"""What can be asked for and is not there, and what cannot be done. Doors answer 404, and 400."""

from traces.domain.errors import NotFound, TracingError


class ServiceNotFound(NotFound):
    """No service of that name ever sent a span here."""


class OperationNotFound(NotFound):
    """The service has no operation of that name and kind."""


class VersionNotFound(NotFound):
    """The service never sent a span of that version."""


class InvalidRule(TracingError):
    """A rule of sampling that cannot be kept: `field` names what is wrong (service, operation, kind or param)."""

    def __init__(self, message: str, field: str) -> None:
        super().__init__(message)
        self.field = field
