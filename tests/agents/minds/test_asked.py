"""What a step asks of trained weights is counted, kept in the ledger and told; outside of a step nothing is."""

from contextlib import closing
from pathlib import Path

from agents.diagnose.error_text import cause_of
from agents.ledger import Ledger
from agents.minds import classifier
from agents.minds.asked import asking, by_engine
from agents.minds.match.decide import version
from agents.minds.match.rank import Matcher
from agents.minds.training.gate import version_of
from agents.story import of_minds

WORDED = "the upstream service is down for maintenance, please come back later"
WEIGHTS = f"classify {version_of(classifier.WEIGHTS)}"


def test_a_step_counts_its_questions_and_keeps_them(tmp_path: Path) -> None:
    cause_of(WORDED)
    with closing(Ledger.at(tmp_path)) as ledger:
        with asking(None, "diagnose", ledger) as naming:
            assert cause_of("database is locked").value == "lock"  # by a rule, which costs nothing worth counting
            assert cause_of(WORDED).value == "server_error"
        with asking(None, "propose", ledger) as matching:
            Matcher().rank("amount", ["total", "tax"])
        cause_of(WORDED)
        kept = ledger.mind_calls()

    assert [(row["step"], row["job"], row["engine"], row["model"]) for row in kept] == [
        ("diagnose", "classify", "classifier", WEIGHTS),
        ("propose", "match", "matcher", version()),
    ]
    assert all(row["ms"] > 0 and row["tokens_read"] == 0 for row in kept)
    assert by_engine([*naming.calls, *matching.calls])[0]["calls"] == 1
    told = of_minds(naming.calls, ("why",))
    assert told[0].startswith(f"Minds: diagnose asked {WEIGHTS}: 1 question, ")
    assert told[1] == "Minds: why"
    assert of_minds(()) == []
