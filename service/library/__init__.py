"""The room that knows rule files: it reads them, checks them, and hands frozen engine types to the other rooms."""

from service.library.book import Book, NoRulesInForce, PinError, Release
from service.library.inline import TestResult, run_rule_tests
from service.library.load import fingerprint, load_book
from service.library.problems import BookError, Problem
from service.library.signing import BadKey

__all__ = [
    "BadKey",
    "Book",
    "BookError",
    "NoRulesInForce",
    "PinError",
    "Problem",
    "Release",
    "TestResult",
    "fingerprint",
    "load_book",
    "run_rule_tests",
]
