"""What the record says about a cause or an outage: audit entries and history rows, as evidence."""

from postmortems.history.evidence import (
    TURNS,
    Evidence,
    Turn,
    entries_of_cause,
    entries_on,
    of_cause,
    of_incident,
    turns,
    words,
)

__all__ = ["TURNS", "Evidence", "Turn", "entries_of_cause", "entries_on", "of_cause", "of_incident", "turns", "words"]
