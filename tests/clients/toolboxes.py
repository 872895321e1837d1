"""Where clients run: Python with packages of its own, a Go program, Node with packages, Java's classes.

Each is made once, outside the repository (`~/.cache/tracing-ui-clients`, or where TRACING_UI_CLIENTS_DIR says), in a
folder named after what it is made of: after a change another is made. What cannot be made is said in a sentence.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

PROGRAMS = Path(__file__).resolve().parent / "programs"
_PYTHON_PROGRAMS = {
    "python": "opentelemetry_clients.py",
    "python-zipkin": "opentelemetry_clients.py",
    "python-jaeger": "opentelemetry_clients.py",
    "python-jaeger-client": "jaeger_client_spans.py",
    "python-py-zipkin": "py_zipkin_spans.py",
}
_PATIENCE_SECONDS = 900


class Missing(Exception):
    """The toolbox cannot be had on this machine; the text is a sentence."""


@cache
def prepare(toolbox: str) -> tuple[str, ...]:
    """The words of a command to which a client's name and HOST:PORT are added. Raises Missing."""
    if toolbox == "python":
        return (sys.executable, str(PROGRAMS / "python" / _PYTHON_PROGRAMS[toolbox]))
    return _MAKERS[toolbox.split("-")[0]](toolbox)


def _python(toolbox: str) -> tuple[str, ...]:
    requirements = PROGRAMS / "requirements" / f"{toolbox}.txt"

    def make(folder: Path) -> None:
        _run([sys.executable, "-m", "venv", str(folder)])
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        _run([*pip, "-r", str(requirements)])

    folder = _make_once(toolbox, [requirements], make)
    return (str(folder / "bin" / "python"), str(PROGRAMS / "python" / _PYTHON_PROGRAMS[toolbox]))


def _go(toolbox: str) -> tuple[str, ...]:
    """A program of Go: `go` is the one that sends, `go-reader` the one that reads."""
    source = PROGRAMS / toolbox
    go = _find_program("go", "Go is not installed")

    def make(folder: Path) -> None:
        _run([go, "build", "-o", str(folder / "program"), "."], cwd=source)

    folder = _make_once(toolbox, [*source.glob("*.go"), source / "go.mod", source / "go.sum"], make)
    return (str(folder / "program"),)


def _node(toolbox: str) -> tuple[str, ...]:
    source = PROGRAMS / toolbox
    node = _find_program("node", "Node is not installed")
    npm = _find_program("npm", "npm is not installed")

    def make(folder: Path) -> None:
        for path in source.iterdir():
            shutil.copy(path, folder)
        _run([npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"], folder)

    folder = _make_once(toolbox, list(source.iterdir()), make)
    return (node, str(folder / "clients.mjs"))


def _java(toolbox: str) -> tuple[str, ...]:
    source = PROGRAMS / toolbox
    programs = [_find_program(name, f"{name} is not installed") for name in ("mvn", "javac", "java")]
    maven, compiler, java = programs

    def make(folder: Path) -> None:
        goal = "dependency:copy-dependencies"
        _run([maven, goal, "-q", "-B", f"-DoutputDirectory={folder / 'lib'}"], source)
        files = [str(path) for path in sorted(source.glob("*.java"))]
        _run([compiler, "-encoding", "UTF-8", "-cp", str(folder / "lib" / "*"), "-d", str(folder), *files])

    folder = _make_once(toolbox, [path for path in source.iterdir() if path.is_file()], make)
    return (java, "-cp", f"{folder}:{folder / 'lib' / '*'}", "Clients")


_MAKERS: Mapping[str, Callable[[str], tuple[str, ...]]] = {
    "python": _python,
    "go": _go,
    "node": _node,
    "java": _java,
}


def _make_once(toolbox: str, sources: list[Path], make: Callable[[Path], None]) -> Path:
    """The folder of the toolbox. It gets its name when it is complete."""
    digest = hashlib.sha256(sys.version.encode())
    for source in sorted(sources):
        digest.update(source.name.encode() + b"\0" + source.read_bytes())
    folder = _home() / f"{toolbox}-{digest.hexdigest()[:12]}"
    complete = folder / ".complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        make(folder)
        complete.touch()
    return folder


def _home() -> Path:
    return Path(os.environ.get("TRACING_UI_CLIENTS_DIR") or Path.home() / ".cache" / "tracing-ui-clients")


def _find_program(name: str, otherwise: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise Missing(f"{otherwise}.")
    return found


def _run(command: list[str], cwd: Path | None = None) -> None:
    """Raises Missing with the last words of a command that fails."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False)
    if done.returncode:
        words = (done.stderr or done.stdout).strip().splitlines() or ["it said nothing"]
        raise Missing(f"`{Path(command[0]).name} {command[1]}` failed: {words[-1]}")
