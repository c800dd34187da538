"""`adp minds engines` and `adp minds embed`."""

import importlib.util
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.cli.main import app
from agents.minds.engines.minilm import PACKAGE


def test_without_an_engine_it_says_why_and_ends_with_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").touch()
    monkeypatch.setenv("ADP_MINDS_ORDER", "server,rules")
    done = CliRunner().invoke(app, ["minds", "embed", "delay", "--json", "--project", str(tmp_path)])
    said = json.loads(done.stdout)
    assert (done.exit_code, said["embeddings"], said["engine"]) == (3, None, None)
    assert said["reasons"][-1] == "rules: has no model"
    done = CliRunner().invoke(app, ["minds", "engines", "--project", str(tmp_path)])
    assert done.exit_code == 3
    assert "1. server  not here: no server; name one as `minds.url`" in done.stdout
    monkeypatch.setenv("ADP_MINDS_URL", "http://127.0.0.1:9/v1")
    done = CliRunner().invoke(app, ["minds", "engines", "--project", str(tmp_path)])
    assert (done.exit_code, "nobody answers at 127.0.0.1:9" in done.stdout) == (3, True)
    assert CliRunner().invoke(app, ["minds", "embed", " ", "--project", str(tmp_path)]).exit_code == 2


def test_a_wrong_engine_and_a_wrong_setting_are_wrong_usage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").touch()
    done = CliRunner().invoke(app, ["minds", "embed", "delay", "--engine", "gpt", "--project", str(tmp_path)])
    assert done.exit_code == 2
    assert "allowed are minilm, llama, mlx, server, rules" in done.stderr
    monkeypatch.setenv("ADP_MINDS_THREADS", "0")
    done = CliRunner().invoke(app, ["minds", "engines", "--project", str(tmp_path)])
    assert done.exit_code == 2
    assert "ADP_MINDS_THREADS = '0'" in done.stderr


@pytest.mark.minds
@pytest.mark.skipif(not importlib.util.find_spec(PACKAGE), reason="no weights: `make minds` adds them")
def test_the_nearest_text_comes_first(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").touch()
    texts = ["time of departure", "price", "when the plane left"]
    done = CliRunner().invoke(app, ["minds", "embed", *texts, "--project", str(tmp_path)])
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1].endswith("when the plane left")
