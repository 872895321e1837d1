"""The page that compares."""

import pytest
from django.test import Client
from tests.services_map.seeding import seed


@pytest.mark.django_db(transaction=True)
def test_x(client: Client) -> None:
    s = seed(services=4, operations=20, hours=3)
    import html, re

    for q in (
        "",
        "&against=day",
        "&against=window",
        "&against=window&other_start=now-3h&other_end=now-2h",
        "&against=version",
        "&lookback=15m",
    ):
        r = client.get(f"/service/compare?service={s.troubled}{q}")
        t = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", r.content.decode()))
        print(q, r.status_code)
        print(t[t.find("Compare") :][:3500])
        print()
    assert 0
