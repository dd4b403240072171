"""The sections of a report, with the question that each one answers: pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its field on the post-mortem, its heading, what to write, and its heading for customers."""

    name: str
    heading: str
    question: str
    customer_heading: str = ""
    needed: bool = False

    @property
    def fit_for_customers(self) -> bool:
        """True when the section may be taken over into the customer edition."""
        return bool(self.customer_heading)


SECTIONS = (
    Section("summary", "Summary", "What happened, in three sentences a newcomer understands.", "What happened", True),
    Section("impact", "Impact", "Who could not do what, for how long, and how we know.", "What it meant for you", True),
    Section("detection", "Detection", "Who noticed first, how long that took, and what would have been sooner."),
    Section(
        "root_cause",
        "Root cause and contributing factors",
        "Keep asking why until the answer is something that can be changed. No names of people.",
        "Why it happened",
        True,
    ),
    Section("went_well", "What went well", "What should be done the same way again.", "How it was repaired"),
    Section("went_badly", "What did not go well", "What cost time, or made it worse."),
    Section("lucky", "Where we were lucky", "What could have made it worse and, this time, did not."),
)
BY_NAME = {section.name: section for section in SECTIONS}
TEXTS = tuple(section.name for section in SECTIONS)
FOR_CUSTOMERS = tuple(section.name for section in SECTIONS if section.fit_for_customers)
# Promised actions of kind "prevent" and "detect" may be told to customers, too.
ACTIONS = "actions"
ACTIONS_HEADING = "What we will change"
