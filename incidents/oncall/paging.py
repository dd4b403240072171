"""Waking people: the verbs that others call. `bursts` widens the circle, `acknowledging` ends it."""

from incidents.oncall.acknowledging import acknowledge, acknowledge_shown
from incidents.oncall.bursts import page_for

__all__ = ["acknowledge", "acknowledge_shown", "page_for"]
