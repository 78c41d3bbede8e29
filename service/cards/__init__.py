"""Shown verdicts become CDS Hooks cards. Knows engine types only: no I/O, no clock, no ids of its own."""

from service.cards.cards import make_cards
from service.cards.context import CANONICAL, CardContext
from service.cards.suggestions import check_templates

__all__ = ["CANONICAL", "CardContext", "check_templates", "make_cards"]
