"""A cohort over several processes: each compares its share of the bundles, and the sums are put together in order."""

import gc
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_all_start_methods, get_context

from service.evaluation.cohort import Bench
from service.evaluation.comparison import Case, Comparison
from service.library import Book

SHARE = 250  # bundles handed over at a time
_bench: list[Bench] = []  # what a forked process finds ready: compiled rules cannot be sent to it


def compare_cohort(book: Book, case: Case, cohort: Iterable[tuple[str, bytes]], processes: int = 1) -> Comparison:
    """Both versions over named bundles. A cohort of one share, or a system that cannot fork, is done in this process. Raises PinError."""
    bench = Bench(book, case)
    shares = _shares(cohort)
    sums = bench.compare(next(shares, []))
    if processes < 2 or "fork" not in get_all_start_methods():
        for share in shares:
            sums.add(bench.compare(share))
        return sums
    return _pooled(bench, shares, processes, sums)


def _pooled(bench: Bench, shares: Iterator[list[tuple[str, bytes]]], processes: int, sums: Comparison) -> Comparison:
    first = list(islice(shares, 1))
    if not first:
        return sums
    _bench[:] = [bench]
    gc.freeze()  # the book is shared memory: no process need look through it again and again
    with ProcessPoolExecutor(processes, get_context("fork")) as pool:
        for part in pool.map(_share, [*first, *shares]):
            sums.add(part)
    gc.unfreeze()
    _bench.clear()
    return sums


def _share(share: list[tuple[str, bytes]]) -> Comparison:
    return _bench[0].compare(share)


def _shares(cohort: Iterable[tuple[str, bytes]]) -> Iterator[list[tuple[str, bytes]]]:
    bundles = iter(cohort)
    while share := list(islice(bundles, SHARE)):
        yield share
