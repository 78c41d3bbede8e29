"""Everything a picker may look at: the chart, its index operation, the day and the codes. Nothing else reaches a picker."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from service.fhir.chart import Chart
from service.fhir.codes import CodeIndex
from service.fhir.drafts import Draft
from service.fhir.index import Index, find_index


@dataclass(frozen=True, slots=True)
class Scene:
    """One patient as of one moment. `as_of` is the calendar day of `moment` in `zone`.

    `memo` keeps what several pickers share; nothing in it may depend on the day, since a timeline keeps it from day to day.
    """

    chart: Chart
    index: Index
    moment: datetime
    as_of: date
    zone: ZoneInfo
    codes: CodeIndex
    drafts: tuple[Draft, ...] = ()
    memo: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def day_of(self, when_latest: date) -> int | None:
        """Days from the index operation to a day, None without a dated operation. A partial operation date counts at its end."""
        operation = self.index.operation
        return (when_latest - operation.when.span.latest).days if operation else None


def set_scene(chart: Chart, moment: datetime, zone: ZoneInfo, codes: CodeIndex, drafts: tuple[Draft, ...] = ()) -> Scene:
    """Find the index operation and fix the day."""
    as_of = moment.astimezone(zone).date()
    return Scene(chart, find_index(chart, as_of, zone), moment, as_of, zone, codes, drafts)
