"""What was applied is proposed first the next time, until it is taken back."""

from contextlib import closing

from agents.contracts import MapColumn
from agents.ledger import Ledger
from agents.memory import recall


def test_a_producer_is_known_by_what_it_did_to_any_of_its_tables(tmp_path):
    done = MapColumn(source="source.p.crm.deals", relation="crm.deals", column="ownerId", arrives_as="owner_id")
    again = done.model_copy(update={"source": "source.p.crm.calls", "relation": "crm.calls"})
    other = done.model_copy(update={"relation": "shop.orders"})

    with closing(Ledger.at(tmp_path, None)) as ledger:
        assert recall(ledger).times(done) == 0
        ledger.observe_pattern(done.kind, done.model_dump(mode="json"), confidence=1.0)
        memory = recall(ledger)
        assert [memory.times(c) for c in (done, again, other)] == [1, 1, 0]

        ledger.forget_pattern(done.kind, done.model_dump(mode="json"))
        assert recall(ledger).times(done) == 0
