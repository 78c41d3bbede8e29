"""Shown verdicts become CDS Hooks cards. Knows engine types only: no I/O, no clock, no ids of its own."""

from service.cards.cards import make_cards
from service.cards.context import CardContext
from service.cards.suggestions import check_templates

__all__ = ["CardContext", "check_templates", "make_cards"]
