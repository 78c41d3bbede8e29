"""The record: one row per evaluation and what clinicians did with its cards. It holds no patient data.

Plain functions over a Store. Everything written is committed when the call returns, or StoreUnavailable is raised.
"""

from service.record.entries import Answered, CardMade, Decision, Feedback, Kept, Purged, Reason, Suggested
from service.record.export import as_csv, as_json, as_ndjson
from service.record.hashing import keyed_hash
from service.record.opening import open_record, open_store
from service.record.purging import purge
from service.record.report import Period, Report, RuleLine, days, make_report
from service.record.store import Store, StoreUnavailable, StoreUnusable, ping
from service.record.write import write_decision, write_feedback

__all__ = [
    "Answered",
    "CardMade",
    "Decision",
    "Feedback",
    "Kept",
    "Period",
    "Purged",
    "Reason",
    "Report",
    "RuleLine",
    "Store",
    "StoreUnavailable",
    "StoreUnusable",
    "Suggested",
    "as_csv",
    "as_json",
    "as_ndjson",
    "days",
    "keyed_hash",
    "make_report",
    "open_record",
    "open_store",
    "ping",
    "purge",
    "write_decision",
    "write_feedback",
]
