"""The lists of rows behind the figures: the same conditions, one row to a line."""

from collections.abc import Callable, Mapping

from postmortems.durations import STEPS
from postmortems.listings import outages, record, reports, returns, told
from postmortems.listings.shape import Cell, Listing, Params
from postmortems.selection import Selection

__all__ = ["LISTINGS", "Cell", "Listing", "Params"]

LISTINGS: Mapping[str, Callable[[Selection, Params], Listing]] = {
    "outages": outages.outages,
    "noticed": outages.noticed,
    **{name: outages.step(name) for name in STEPS},
    "promises": outages.promises,
    "answers": outages.answers,
    "postmortems": reports.postmortems,
    "impact": reports.impact,
    "actions": reports.actions,
    "record": record.record,
    "returned": returns.returned,
    "promised": returns.promised,
    "reviews": returns.reviews,
    "told": told.told,
}
