"""docs/sampling.md shows a file that can be followed, answers that clients can read, and every address."""

import re
from pathlib import Path

from django.conf import settings

from services_map.domain.sampling.file_format import parse_strategies
from tests.compat.sampling_client import read_json
from tracing_ui.compat.jaeger import sampling_grpc, sampling_http

TEXT = (Path(settings.BASE_DIR) / "docs" / "sampling.md").read_text()
EXAMPLES = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)


def test_examples_are_what_is_sent_and_what_is_read() -> None:
    *answers, file = EXAMPLES
    kinds = [read_json(answer.replace('": "', '":"').encode())["strategyType"] for answer in answers]
    assert kinds == ["PROBABILISTIC", "PROBABILISTIC", "RATE_LIMITING"]
    found = parse_strategies(file.encode())
    assert (sorted(found.book), found.notes) == (["", "batch", "shop"], ())


def test_what_is_asked_and_refused_is_spelled_as_it_is() -> None:
    for word in (f"{sampling_grpc.SERVICE}/{sampling_grpc.METHOD}", sampling_http.ONE_SERVICE):
        assert word in TEXT
