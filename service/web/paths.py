"""Where the files that ship beside the code lie: in the checkout, or inside the installed package."""

from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SHIPPED = Path(__file__).resolve().parents[1] / "_shipped"


def beside_the_code(name: str) -> Path:
    """The file or folder `name` of the checkout or of the installed package; the checkout's place when neither is there."""
    return next((root / name for root in (CHECKOUT, SHIPPED) if (root / name).exists()), CHECKOUT / name)
