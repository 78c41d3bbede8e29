"""What was set aside and could have mattered: told of, but for optional input of a patient who has no lumbar fusion to be asked about."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from service.fhir.chart import Aside
from service.fhir.pickers.data import lookup_incomplete
from service.fhir.scene import Scene
from tests.stories.replay import book

SPEC = next(one for one in book().vocabularies["1.0.0"].facts.values() if one.picker == "lookup_incomplete")
ASIDE = (
    Aside("prefetch.medications", "could not be fetched", relevant=True),
    Aside("prefetch.reports", "could not be fetched", relevant=True),
    Aside("prefetch.conditions", "could not be fetched", relevant=True),
    Aside("Bundle.entry[3]", "belongs to another patient", relevant=False),
)


def told(**index: Any) -> list[str]:
    held = SimpleNamespace(**{"operation": None, "hints": (), "lost": (), **index})
    scene = cast(Scene, SimpleNamespace(index=held, chart=SimpleNamespace(aside=ASIDE)))
    return [item.saw[0].resource for item in lookup_incomplete(scene, SPEC)]


def test_without_a_fusion_optional_input_is_no_news() -> None:
    assert told() == ["prefetch.conditions"]


@pytest.mark.parametrize("sign", ["operation", "hints", "lost"])
def test_any_sign_of_a_fusion_makes_it_news(sign: str) -> None:
    assert told(**{sign: ("something",)}) == ["prefetch.medications", "prefetch.reports", "prefetch.conditions"]
