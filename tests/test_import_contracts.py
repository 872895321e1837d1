"""Who may import whom is checked by import-linter. Here each of its contracts is seen to fail when it is broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("tracing_ui", "services_map", "traces")
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"

# For each contract: a module, and an import in it that this contract alone forbids.
OFFENCES = {
    "packages": ("traces/reading.py", "import services_map.domain.latency.levels"),
    "traces": ("traces/storage/base.py", "import traces.tasks"),
    "services_map": ("services_map/storage/rows.py", "import services_map.reading.subjects"),
    "service_pages": ("services_map/pages/map/card.py", "import services_map.pages.service.views"),
    "roll-ups": ("services_map/api/encode.py", "import services_map.models"),
    "ingest": ("traces/ingest/body.py", "import traces.ingest.pipeline"),
    "translators": ("traces/ingest/translate/second.py", "import traces.ingest.translate.first"),
    "plain": ("traces/domain/span.py", "import sqlite3"),
    "tables": ("traces/tasks.py", "import traces.models"),
    "compat": ("tracing_ui/compat/second.py", "import tracing_ui.compat.jaeger"),
    "demo": ("tracing_ui/demo/calls.py", "import traces.storage.base"),
    "seam": ("tracing_ui/operate.py", "import traces.storage.sqlite"),
}


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    """The packages as they are, with two translators, one more foreign API, and the contracts."""
    for package in PACKAGES:
        shutil.copytree(REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    for name in ("first", "second"):
        (tmp_path / "traces" / "ingest" / "translate" / f"{name}.py").write_text('"""A translator."""\n')
    (tmp_path / "tracing_ui" / "compat" / "second.py").write_text('"""A foreign API."""\n')
    return tmp_path


def find_broken_contracts(tree: Path) -> set[str]:
    """The ids of the contracts that the tree breaks."""
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache"], cwd=tree, capture_output=True, text=True, check=False
    )
    contracts = read_contracts()
    verdicts = {id_: f"{name} BROKEN" in done.stdout for id_, name in contracts.items()}
    assert all(f"{name} " in done.stdout for name in contracts.values()), done.stdout + done.stderr
    return {id_ for id_, is_broken in verdicts.items() if is_broken}


def read_contracts() -> dict[str, str]:
    """The name of each contract by its id."""
    options = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in options["contracts"]}


def test_every_contract_has_an_offence_here() -> None:
    assert OFFENCES.keys() == read_contracts().keys()


def test_the_tree_keeps_every_contract(copied_tree: Path) -> None:
    assert find_broken_contracts(copied_tree) == set()


@pytest.mark.parametrize("contract", OFFENCES)
def test_an_offence_breaks_its_contract_and_no_other(contract: str, copied_tree: Path) -> None:
    module, offence = OFFENCES[contract]
    path = copied_tree / module
    path.write_text(path.read_text() + f"\n{offence}\n")
    assert find_broken_contracts(copied_tree) == {contract}
