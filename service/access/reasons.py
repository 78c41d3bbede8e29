"""Why something could not be fetched, in words that may stand in an answer: constant, without address, token or data."""

from enum import StrEnum


class Reason(StrEnum):
    """A reason, as the end of a sentence about the FHIR server."""

    NOT_LISTED = "the FHIR server is not one this service may call"
    NO_TEMPLATE = "the context lacks what the query needs"
    UNAUTHORISED = "the FHIR server did not accept the access token"
    NOT_FOUND = "the FHIR server does not have it"
    REFUSED = "the FHIR server refused the query"
    FAILED = "the FHIR server failed"
    UNREACHABLE = "the FHIR server could not be reached"
    TIMED_OUT = "the FHIR server did not answer in time"
    REDIRECTED = "the FHIR server pointed elsewhere"
    TOO_LARGE = "the answer of the FHIR server is too large"
    NOT_FHIR = "the FHIR server did not answer with the FHIR JSON asked for"
    FOREIGN_PAGE = "the next page lies outside the FHIR server"
    SHORT = "the FHIR server sent fewer entries than it found"
    TOO_MANY_PAGES = "there are too many pages"


class Unavailable(Exception):
    """Something could not be fetched; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
