"""Several files at once."""

from io import BytesIO
from threading import Event, Thread

from traces.domain.errors import StoreUnavailable
from traces.file_batch import MAX_AT_ONCE, NamedFile, look_through
from traces.following import Step

ONE = b'[{"traceId": "000000000000000a", "id": "000000000000000b", "timestamp": 1790000000000000}]'


def files() -> list[NamedFile]:
    return [NamedFile(name="one.json", content=BytesIO(ONE))]


def test_who_comes_while_others_read_files_is_to_come_again() -> None:
    """A file may take much memory while it is read: few are read at once."""
    reached, go_on = [Event() for _ in range(MAX_AT_ONCE)], Event()

    def wait(here: Event) -> None:
        def tell(step: Step) -> None:
            here.set()
            assert go_on.wait(10)

        assert len(look_through(files(), tell).done) == 1

    others = [Thread(target=wait, args=(here,)) for here in reached]
    for other in others:
        other.start()
    assert all(here.wait(10) for here in reached)
    refused = look_through(files(), lambda step: None)
    go_on.set()
    for other in others:
        other.join()
    assert isinstance(refused.outcomes[0].problem, StoreUnavailable)
    assert look_through(files(), lambda step: None).span_count == 1
