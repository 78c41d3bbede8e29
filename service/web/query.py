"""Query strings whose every parameter must be known: a misspelt one must not silently mean everything, or all of time."""

import difflib
from collections.abc import Mapping, Sequence

from service.web.problems import problem


def once(query: Mapping[str, Sequence[str]], known: Sequence[str]) -> dict[str, str]:
    """The parameters of a query, each given once. Raises Problem 400 with the names there are."""
    for name, values in query.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise problem(400, "value", f"A query parameter is not known. {hint}Known: {', '.join(known)}.", "query")
        if len(values) > 1:
            raise problem(400, "value", "This query parameter may be given once.", name)
    return {name: values[0] for name, values in query.items()}
