"""The list of all codes as it was agreed: `python -m tests.fhir.every_code > tests/fhir/every_code.tsv` writes it anew after a change."""

import csv
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from service.engine.vocabulary import Vocabulary
from tests.fhir.build import book

LIST = Path(__file__).parent / "every_code.tsv"


@dataclass(frozen=True)
class Entry:
    """One code of one value set; `prefix` and `qualifier` are empty when it has none."""

    value_set: str
    system: str
    code: str
    prefix: str
    qualifier: str

    @property
    def concept(self) -> str:
        """What a match with it is called: our own findings are concepts of their own."""
        return self.code if self.value_set == "local-findings" else self.value_set


def entries(vocabulary: Vocabulary) -> Iterator[Entry]:
    """Every entry of a vocabulary."""
    for name, value_set in sorted(vocabulary.value_sets.items()):
        for code in value_set.codes:
            yield Entry(name, code.system, code.code, "prefix" if code.prefix else "", code.qualifier)


def agreed() -> list[Entry]:
    """The list as it stands in the file."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return [Entry(*row) for row in csv.reader(file, delimiter="\t")]


if __name__ == "__main__":
    csv.writer(sys.stdout, delimiter="\t", lineterminator="\n").writerows(astuple(one) for one in entries(book().vocabularies["1.0.0"]))
