"""The file of operators: one `name sha256` per line, so that it holds no secret that could be used as it stands."""

import hashlib
import hmac
import re
from pathlib import Path
from typing import Final

from service.web.setting_values import PREFIX, SettingsError

VARIABLE: Final = f"{PREFIX}OPERATOR_TOKENS_FILE"
_LINE: Final = re.compile(r"([A-Za-z0-9_.\-]{1,64})\s+(?:sha256:)?([0-9a-fA-F]{64})")


def load_operators(file: str) -> dict[str, bytes]:
    """Name -> SHA-256 of that operator's token; none when there is no file. Raises SettingsError."""
    if not file:
        return {}
    try:
        lines = Path(file).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{VARIABLE}: {file} cannot be read: {error}.") from None
    operators = dict(_line(file, number, line) for number, line in enumerate(lines, 1) if line.strip() and not line.startswith("#"))
    if not operators:
        raise SettingsError(f"{VARIABLE}: {file} names nobody. Each line is: name, a blank, the SHA-256 of the token in hex.")
    return operators


def _line(file: str, number: int, line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise SettingsError(f"{VARIABLE}: {file} line {number}: a name, a blank and the SHA-256 of the token in hex are wanted.")
    return found[1], bytes.fromhex(found[2])


def operator_of(token: str, operators: dict[str, bytes]) -> str | None:
    """Whose token it is. Every entry is compared, each in constant time."""
    digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
    names = [name for name, known in operators.items() if hmac.compare_digest(known, digest)]
    return names[0] if names else None
