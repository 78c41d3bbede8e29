"""Check digits of SNOMED CT identifiers (Verhoeff) and LOINC codes (mod 10): a mistyped digit does not pass."""

# the dihedral group of order ten, and the permutation that the check digit of a SNOMED CT id is built on
_TURNS = [[(a + b) % 5 for b in range(5)] + [5 + (a + b) % 5 for b in range(5)] for a in range(5)]
_MIRRORS = [[5 + (a - b) % 5 for b in range(5)] + [(a - b) % 5 for b in range(5)] for a in range(5)]
_MULTIPLY = _TURNS + _MIRRORS
_PERMUTE = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = _PERMUTE[digit]
    return digit


def verhoeff(number: str) -> bool:
    """True when the last digit is the Verhoeff check digit of the digits before it."""
    check = 0
    for place, digit in enumerate(reversed(number)):
        check = _MULTIPLY[check][_permuted(int(digit), place % 8)]
    return check == 0


def mod10(code: str) -> bool:
    """True when the digit after the hyphen is the Luhn check digit of the digits before it."""
    body, _, check = code.partition("-")
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(body))]
    return (10 - sum(n // 10 + n % 10 for n in doubled) % 10) % 10 == int(check)
