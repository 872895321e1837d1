"""Files of traces as people have them on their disks, and bring them to a page."""

import base64
import json
from typing import Any

from playwright.sync_api import FilePayload, Page

from tests.pages.sending import HALF_A_MINUTE_AGO, TRACE_ID

TWO_YEARS_NS = 2 * 365 * 86_400 * 10**9
OLD_NS = HALF_A_MINUTE_AGO - TWO_YEARS_NS
# What a browser tells a page while files are dragged over it, dropped or pasted.
HAPPEN = """([kind, name, base64]) => {
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  if (name) data.items.add(new File([bytes], name));
  else data.setData("text/plain", new TextDecoder().decode(bytes));
  const rest = {bubbles: true, cancelable: true, dataTransfer: data, clipboardData: data};
  const event = kind === "paste" ? new ClipboardEvent(kind, rest) : new DragEvent(kind, rest);
  document.activeElement.dispatchEvent(event);
  return event.defaultPrevented;
}"""


def make_span(number: int, trace_id: str = TRACE_ID, start_ns: int = OLD_NS, **more: Any) -> dict[str, Any]:
    """Span `number`, the first the root, as Jaeger's API answers it. It begins `number` ms after `start_ns`."""
    parent = {"refType": "CHILD_OF", "traceID": trace_id, "spanID": f"{1:016x}"}
    usual = {
        "traceID": trace_id,
        "spanID": f"{number:016x}",
        "operationName": f"operation {number}",
        "references": [parent] if number > 1 else [],
        "startTime": start_ns // 1_000 + number * 1_000,
        "duration": 500,
        "tags": [],
        "logs": [],
        "processID": "p1",
    }
    return usual | more


def make_file(*spans: dict[str, Any], service: str = "till") -> bytes:
    """What Jaeger's page downloads: one trace."""
    processes = {"p1": {"serviceName": service, "tags": []}}
    return json.dumps({"data": [{"traceID": TRACE_ID, "spans": spans, "processes": processes}]}).encode()


def make_payload(name: str, content: bytes) -> FilePayload:
    """A file to be chosen in a page."""
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def happen(page: Page, kind: str, name: str, content: bytes) -> Any:
    """Whether the page took it."""
    return page.evaluate(HAPPEN, [kind, name, base64.b64encode(content).decode()])
