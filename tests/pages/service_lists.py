"""The list of services, taken apart: its lines, their cells and where they lead."""

import re
import time
from html import unescape

from django.test import Client
from django.urls import reverse

from services_map.models import Subject
from tests.services_map.rows import Call, learn_operation, write_calls
from traces.models import Service

MS = 1_000_000
SECOND = 1_000_000_000
#: A whole minute, so far back that the hour before it is over.
THEN = time.time_ns() // SECOND // 60 * 60 - 7_200
WINDOW = {"start": str(THEN), "end": str(THEN + 3_600)}


def learn(name: str) -> int:
    return learn_operation(name)[0]


def count_calls(name: str, *calls: Call, at: int = THEN) -> int:
    """Calls of a service, which is learned if it is new."""
    service = Service.objects.filter(name=name).values_list("pk", flat=True).first() or learn(name)
    write_calls(Subject.SERVICE, service, at, *calls)
    return service


def ask(client: Client, status: int = 200, **words: str) -> str:
    response = client.get(reverse("services_map:services"), WINDOW | words)
    assert response.status_code == status
    return response.content.decode()


def names(page: str) -> list[str]:
    """The services in the order of the page."""
    return re.findall(r'class="chip c\d+" aria-hidden="true">[^<]*</i><a [^>]*><b>([^<]*)</b>', page)


def row(page: str, name: str) -> list[str]:
    """The texts of the cells of a line: calls a second, errors, p50, p95, p99; each with its change in words."""
    line = next(line for line in re.findall(r"<tr role=\"row\".*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in line)
    return cells(line)


def cells(line: str) -> list[str]:
    found = re.findall(r'<td role="cell" class="num \w+"><div>.*?</div></td>', line, re.DOTALL)
    unseen = r'<span class="unit">[^<]*</span>|<span aria-hidden="true">[^<]*</span>|<svg.*?</svg>'
    return [" ".join(re.sub(r"<[^>]*>", " ", re.sub(unseen, "", cell)).split()) for cell in found]


def links(page: str, name: str) -> list[str]:
    line = next(line for line in re.findall(r"<tr role=\"row\".*?</tr>", page, re.DOTALL) if f"<b>{name}</b>" in line)
    return [unescape(address) for address in re.findall(r'<a href="([^"]*)"', line)]
