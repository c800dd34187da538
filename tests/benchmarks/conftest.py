"""The benchmarks are scripts that import each other by bare names; one prepared project serves every test."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))

if TYPE_CHECKING:
    from _good import Good


@pytest.fixture(scope="session")
def saas(tmp_path_factory: pytest.TempPathFactory) -> "Good":
    """The subscription business in its good state."""
    from _good import prepare
    from _projects import BUILT_IN

    spec = next(s for s in BUILT_IN if s.name == "saas")
    return prepare(spec, tmp_path_factory.mktemp("shelf"))
