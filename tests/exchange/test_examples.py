"""The official FHIR R4 examples of our types: each is read, or refused with a reason that is stated."""

import pytest

from app.core.audit import SYSTEM
from app.exchange import fhir, rules
from app.exchange import record_service as records
from app.exchange.map_rules import Unusable
from app.exchange.record_service import Taken
from tests.exchange.conftest import Reader
from tests.exchange.node import examples

pytestmark = pytest.mark.slow
LEAST = {"Appointment": 3, "Schedule": 3, "Slot": 4, "Patient": 10, "Practitioner": 5, "PractitionerRole": 1}
LEAST |= {"Location": 5}


@pytest.mark.parametrize("kind", rules.TYPES)
def test_the_official_examples(reader: Reader, kind: str) -> None:
    found = examples(kind)
    assert len(found) >= LEAST[kind], f"there are only {len(found)} examples of {kind}"
    for name, resource in found.items():
        tally = records.take_in(
            Taken(reader.source, "Tidbok Väst", reader.world.now()), kind, [resource], by=SYSTEM, now=reader.world.now()
        )
        assert tally.read == 1
        came_of_it = tally.made + tally.changed + sum(tally.passed.values()) + sum(tally.refused.values())
        assert came_of_it == 1, f"nothing was said of {name}"
        assert set(tally.refused) <= set(rules.REASONS), name
        assert "fault" not in tally.refused, name
    waiting = reader.refused()
    assert all(reason in rules.REASONS and path for reason, path in waiting.values())
    # They are R4: it is what they say that does not concern us, never how.
    for name, resource in found.items():
        try:
            fhir.validate(kind, resource)
        except Unusable as error:
            pytest.fail(f"{name} was not understood: {error.path}")
