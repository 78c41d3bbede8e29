"""The room that fetches what a client did not prefetch, from FHIR servers the operator listed and from no other."""

from service.access.complete import Access, Completed, complete
from service.access.limits import Limits
from service.access.origins import BadOrigin, Origin, read_origin
from service.access.reasons import Reason
from service.access.states import State

__all__ = ["Access", "BadOrigin", "Completed", "Limits", "Origin", "Reason", "State", "complete", "read_origin"]
