"""How much an answer costs: the service beside a server that always gives the same card, both asked in turn over HTTP."""

from service.lab.benchmark.inputs import SIZES, chart_of
from service.lab.benchmark.measure import Figures, Measured, measure
from service.lab.benchmark.report import as_table

__all__ = ["SIZES", "Figures", "Measured", "as_table", "chart_of", "measure"]
