"""What the record says about a cause or an outage: audit entries and history rows, as evidence."""

from postmortems.history.evidence import Evidence, of_cause, of_incident

__all__ = ["Evidence", "of_cause", "of_incident"]
