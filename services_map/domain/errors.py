"""What can be asked for and is not there. Doors answer 404."""

from traces.domain.errors import NotFound


class ServiceNotFound(NotFound):
    """No service of that name ever sent a span here."""


class OperationNotFound(NotFound):
    """The service has no operation of that name and kind."""


class VersionNotFound(NotFound):
    """The service never sent a span of that version."""
