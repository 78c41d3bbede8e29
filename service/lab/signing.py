"""Tokens of the client, made by a command of the caller's: the lab holds no keys."""

import os
import subprocess
from collections.abc import Callable, Mapping
from typing import Final

Sign = Callable[[str, Mapping[str, str]], str]
_PATIENCE: Final = 30


class CannotSign(RuntimeError):
    """The command gave no token; the text says how it ended."""


def signer(command: str) -> Sign:
    """A function that runs `command` in a shell, with AUD (and what else it is given, such as EXP_DELTA and ISS) in its environment,
    and returns the JWT it prints. That function raises CannotSign."""

    def sign(audience: str, changes: Mapping[str, str]) -> str:
        environment = {**os.environ, "AUD": audience, **changes}
        try:
            run = subprocess.run(command, shell=True, env=environment, capture_output=True, text=True, timeout=_PATIENCE)  # noqa: S602
        except subprocess.TimeoutExpired:
            raise CannotSign(f"The command of --token-cmd gave nothing within {_PATIENCE} seconds.") from None
        token = run.stdout.strip()
        if run.returncode or token.count(".") != 2:
            raise CannotSign(f"The command of --token-cmd ended with status {run.returncode} and printed no JWT (three parts with dots).")
        return token

    return sign
