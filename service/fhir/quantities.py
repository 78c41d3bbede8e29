"""Measured values: units, comparators and plausible ranges, compared on unrounded decimal numbers."""

from dataclasses import dataclass
from decimal import Decimal

from service.engine.facts import Bounds
from service.fhir.shapes import Quantity

CELSIUS = frozenset({"cel", "c", "°c", "degc", "deg c", "celsius"})
FAHRENHEIT = frozenset({"[degf]", "degf", "f", "°f", "deg f", "fahrenheit"})
_LOWER, _UPPER = frozenset({">", ">="}), frozenset({"<", "<="})
_CEL_RANGE, _F_RANGE = (Decimal(30), Decimal(45)), (Decimal(86), Decimal(113))

# unit -> factor to the unit the fact is stated in; "" is a missing unit and only listed where it may be assumed
SCALES: dict[str, dict[str, Decimal]] = {
    "lab-crp": {"mg/l": Decimal(1), "mg/dl": Decimal(10), "ug/ml": Decimal(1), "µg/ml": Decimal(1)},
    "post-void-residual": {"": Decimal(1), "ml": Decimal(1), "cc": Decimal(1), "cm3": Decimal(1), "l": Decimal(1000), "dl": Decimal(100)},
    "obs-odi": {"": Decimal(1), "%": Decimal(1), "percent": Decimal(1), "{score}": Decimal(1), "1": Decimal(1), "{percent}": Decimal(1)},
    "obs-peg": {"": Decimal(1), "{score}": Decimal(1), "1": Decimal(1), "/10": Decimal(1)},
    "sij-block-relief": {"": Decimal(1), "%": Decimal(1), "percent": Decimal(1), "{percent}": Decimal(1)},
    "esi-relief": {"": Decimal(1), "%": Decimal(1), "percent": Decimal(1), "{percent}": Decimal(1)},
}
RANGES: dict[str, tuple[Decimal, Decimal]] = {
    "lab-crp": (Decimal(0), Decimal(1000)),
    "post-void-residual": (Decimal(0), Decimal(5000)),
    "obs-odi": (Decimal(0), Decimal(100)),
    "obs-peg": (Decimal(0), Decimal(10)),
    "sij-block-relief": (Decimal(0), Decimal(100)),
    "esi-relief": (Decimal(0), Decimal(100)),
    "obs-pain-nrs": (Decimal(0), Decimal(10)),
    "obs-pain-vas": (Decimal(0), Decimal(10)),
    "dn4-total": (Decimal(0), Decimal(10)),
    "paindetect-total": (Decimal(-1), Decimal(38)),
    "lanss-total": (Decimal(0), Decimal(24)),
    "motor-grade": (Decimal(0), Decimal(5)),
}
UNIT_NEEDED = frozenset({"lab-crp", "obs-body-temperature", "obs-pain-vas"})


@dataclass(frozen=True, slots=True)
class Measured:
    """A number in the fact's own unit. `problem` says why it cannot be used; `unit_problem` that its unit is to blame or was assumed.

    `suspect`: impossible in the stated unit, but this in the other one (a temperature).
    """

    bounds: Bounds | None = None
    problem: str = ""
    unit_problem: str = ""
    suspect: Decimal | None = None


def decimal(number: int | float) -> Decimal:
    """The decimal number as it was written: the shortest text of a float is what JSON held."""
    return Decimal(str(number))


def measure(quantity: Quantity, concept: str) -> Measured:
    """Read a Quantity as `concept`."""
    if quantity.value is None:
        return Measured(problem="no value")
    if quantity.comparator is not None and quantity.comparator not in _LOWER | _UPPER:
        return Measured(problem="unknown comparator")
    number = decimal(quantity.value)
    if concept == "obs-body-temperature":
        return _temperature(number, quantity)
    if concept == "obs-pain-vas":
        return _vas(number, quantity)
    return _scaled(number, quantity, concept)


def _unit(quantity: Quantity) -> str:
    for text in (quantity.code, quantity.unit):
        if text and text.strip():
            return text.strip().lower()
    return ""


def _scaled(number: Decimal, quantity: Quantity, concept: str) -> Measured:
    scales = SCALES.get(concept)
    if scales is None:  # plain scores need no unit
        return _ranged(number, quantity, concept)
    factor = scales.get(_unit(quantity))
    if factor is None:
        return Measured(problem="unit missing" if not _unit(quantity) else "unknown unit", unit_problem="no usable unit")
    return _ranged(number * factor, quantity, concept)


def _ranged(number: Decimal, quantity: Quantity, concept: str, unit_problem: str = "") -> Measured:
    low, high = RANGES.get(concept, (None, None))
    if (low is not None and number < low) or (high is not None and number > high):
        return Measured(problem="value out of range", unit_problem=unit_problem)
    return Measured(_bounds(number, quantity.comparator), unit_problem=unit_problem)


def _bounds(number: Decimal, comparator: str | None) -> Bounds:
    return Bounds(None if comparator in _UPPER else number, None if comparator in _LOWER else number)


def _vas(number: Decimal, quantity: Quantity) -> Measured:
    unit = _unit(quantity)
    if unit == "mm":
        return _ranged(number / 10, quantity, "obs-pain-vas")
    if unit == "cm" or number == 0:
        return _ranged(number, quantity, "obs-pain-vas")
    if number > 10:  # only a 0 to 100 scale holds such a value
        return _ranged(number / 10, quantity, "obs-pain-vas")
    return Measured(problem="scale of the pain score not stated", unit_problem="no usable unit")


def fahrenheit(celsius: Decimal) -> Decimal:
    """Exact but for the noise of a double: 38.333333333333336 is how 101 degF arrives when a sender has converted it."""
    return round(celsius * Decimal("1.8") + 32, 9)


def _inside(number: Decimal, limits: tuple[Decimal, Decimal]) -> bool:
    return limits[0] <= number <= limits[1]


def _temperature(number: Decimal, quantity: Quantity) -> Measured:
    unit = _unit(quantity)
    if not unit:
        return _unitless_temperature(number, quantity)
    if unit in CELSIUS:
        value = fahrenheit(number) if _inside(number, _CEL_RANGE) else number  # only a plausible one is ever converted
        return _stated(number, quantity, _CEL_RANGE, value, suspect=number if _inside(number, _F_RANGE) else None)
    if unit in FAHRENHEIT:
        return _stated(number, quantity, _F_RANGE, number, suspect=fahrenheit(number) if _inside(number, _CEL_RANGE) else None)
    return Measured(problem="unknown unit", unit_problem="no usable unit")


def _stated(number: Decimal, quantity: Quantity, limits: tuple[Decimal, Decimal], value: Decimal, suspect: Decimal | None) -> Measured:
    if _inside(number, limits):
        return Measured(_bounds(value, quantity.comparator))
    if suspect is not None:
        return Measured(unit_problem="impossible in the stated unit", suspect=suspect)
    return Measured(problem="value out of range")


def _unitless_temperature(number: Decimal, quantity: Quantity) -> Measured:
    note = "no unit, read by its plausible range"
    if _inside(number, _CEL_RANGE):
        return Measured(_bounds(fahrenheit(number), quantity.comparator), unit_problem=note)
    if _inside(number, _F_RANGE):
        return Measured(_bounds(number, quantity.comparator), unit_problem=note)
    return Measured(problem="unit missing", unit_problem="no usable unit")
