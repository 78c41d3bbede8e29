"""The room that knows rule files: it reads them, checks them, and hands frozen engine types to the other rooms."""

from service.library.book import Book, NoRulesInForce, PinError, Release
from service.library.inline import TestResult, run_rule_tests
from service.library.load import load_book
from service.library.problems import BookError, Problem

__all__ = ["Book", "BookError", "NoRulesInForce", "PinError", "Problem", "Release", "TestResult", "load_book", "run_rule_tests"]
