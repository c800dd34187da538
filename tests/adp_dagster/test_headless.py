"""`dagster dev` itself, headless: a producer renames a column, and sensors, daemon and webserver do the rest.

The healed platform is then opened in a browser. Where `ADP_SCREENSHOTS` names a folder, it is the demo's platform
and the README's pictures go there; otherwise a small one, because `make demo` goes the same way with the large one.
"""

import html
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from adp_dagster.demo.play import Performed, Told, performance, watch
from adp_dagster.demo.server import serving
from agents import lock
from agents.ledger import Ledger
from tests.conftest import Shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

SILENT_SEED = 5
"""Draws a measure of the weather: no model and no test fails when it goes."""
SCREENSHOTS = os.environ.get("ADP_SCREENSHOTS")
CHROMIUM = shutil.which("chromium")
STEPS = ("observe", "diagnose", "propose", "verify", "freeze", "commit", "rerun")


@pytest.fixture(scope="module")
def story() -> list[str]:
    """Lines of the demo."""
    return []


@pytest.fixture(scope="module")
def healed(tmp_path_factory: pytest.TempPathFactory, story: list[str], built_shop: Shop) -> Iterator[Performed]:
    """A platform after a silent drift was healed, still served."""
    root = tmp_path_factory.mktemp("headless")
    yield from _demo(root, story) if SCREENSHOTS else _small(built_shop.copy(root / "shop"), story)


def _small(shop: Shop, story: list[str]) -> Iterator[Performed]:
    told = Told(seed=0)
    with serving(shop.project, {}) as server:
        shop.append_orders(2000, 4000, amount="order_total")
        watch(server, shop.project, server.build(), told, story.append)
        yield Performed(server, shop.project, told)


def _demo(root: Path, story: list[str]) -> Iterator[Performed]:
    kept = {name: os.environ.get(name) for name in ("ADP_DATA_DIR", "ADP_WAREHOUSE")}
    with performance(SILENT_SEED, story.append, root / "clone", orders=3000) as performed:
        yield performed
    for name, value in kept.items():
        os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)


def test_drift_that_fails_no_run_is_noticed_healed_and_published(healed, story):
    told = healed.told

    assert told.noticed == "drift, though no run failed", told.fault
    assert told.status == "healed", "\n".join(story)
    assert told.commit
    assert [rerun["status"] for rerun in told.reruns] == ["SUCCESS"]


def test_every_step_of_the_loop_is_told_over_graphql(healed):
    (heal,) = healed.server.runs("heal_job")

    assert set(heal.steps) == set(STEPS)
    assert heal.tags["adp/status"] == "healed"


def test_the_ledger_holds_the_decision_and_the_clone_is_clean(healed):
    with closing(Ledger.at(healed.project.state)) as ledger:
        (decision,) = ledger.decisions("heal")
    assert decision["approved"]
    assert decision["executed"]
    assert decision["outcome"]["commit"] == healed.told.commit


@pytest.fixture(scope="module")
def page(healed: Performed) -> Iterator[Any]:
    """A page of headless Chromium; Debian's, because a browser of Playwright's own is not needed."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed, so the UI was not opened: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", "--no-first-run", "--disable-quic"]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser.new_page(viewport={"width": 1440, "height": 900})
        browser.close()


def _picture(page: Any, name: str, **options: Any) -> None:
    if SCREENSHOTS:
        Path(SCREENSHOTS).mkdir(exist_ok=True)
        page.screenshot(path=str(Path(SCREENSHOTS) / name), **options)


def test_a_person_sees_the_heal_in_the_ui(healed, page):
    (heal,) = healed.server.runs("heal_job")

    page.goto(f"{healed.server.url}/runs/{heal.run_id}?logs=step%3Averify&selection=verify")
    page.get_by_text("Success").first.wait_for(timeout=60_000)
    page.get_by_text("View full message").first.click(timeout=60_000)
    page.get_by_text("certificate of").first.wait_for(timeout=60_000)
    page.get_by_text("every claim holds").first.wait_for(timeout=60_000)
    page.wait_for_timeout(1000)
    _picture(page, "heal.png")

    page.goto(f"{healed.server.url}/assets/published_copy")
    page.get_by_text("rows_in_sources").first.wait_for(timeout=60_000)


def test_the_repaired_asset_shows_its_version_without_a_redeploy(healed, page):
    (changed,) = (e.asset for e in lock.load(healed.project.root).values() if e.path.endswith(".sql"))
    page.goto(f"{healed.server.url}/assets/{changed}")
    page.get_by_text("frozen version").first.wait_for(timeout=120_000)
    page.get_by_text("frozen version").first.evaluate("shown => shown.scrollIntoView()")  # the page renders anew
    page.wait_for_timeout(1000)
    _picture(page, "asset.png")


def test_the_story_can_be_read_and_shown(page, story):
    text = "\n".join(story)

    assert "Proved: " in text
    assert "Rejected: " in text
    short = "\n".join(line[:150] for line in text.splitlines())
    page.set_content(
        "<body style='margin:0;background:#14161a;color:#d8dee9;padding:18px 22px;"
        f"font:12.5px/1.45 monospace;white-space:pre'>{html.escape('$ make demo' + chr(10) + short)}</body>"
    )
    _picture(page, "demo.png", full_page=True)
