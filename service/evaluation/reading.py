"""How what was sent becomes a chart: of a Bundle, or of a hook's prefetch."""

from collections.abc import Callable, Mapping

from service.evaluation.question import Question
from service.fhir import Chart, CodeIndex, read_bundle, read_prefetch

Read = Callable[[CodeIndex, Mapping[str, str]], Chart]


def read_of_bundle(body: bytes, question: Question) -> Read:
    """How a Bundle becomes a chart. What it gives raises Refused."""
    return lambda index, faulty: read_bundle(body, question.as_of, question.zone, index, question.patient, faulty, question.vetted)


def read_of_prefetch(prefetch: Mapping[str, bytes], question: Question) -> Read:
    """How a hook's prefetch becomes a chart. What it gives raises Refused."""

    def read(index: CodeIndex, faulty: Mapping[str, str]) -> Chart:
        patient = question.patient or ""
        beside = faulty, question.server, question.unfetched, question.vetted
        return read_prefetch(prefetch, patient, question.as_of, question.zone, index, *beside)

    return read


def read_once(read: Read) -> Read:
    """`read` that reads once for each index: vocabularies with the same codes share it, and so the chart."""
    charts: dict[int, Chart] = {}

    def reading(index: CodeIndex, faulty: Mapping[str, str]) -> Chart:
        if id(index) not in charts:
            charts[id(index)] = read(index, faulty)
        return charts[id(index)]

    return reading
