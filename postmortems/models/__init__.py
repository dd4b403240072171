"""Rows of post-mortems."""

from postmortems.models.action import Action, ActionKind, ActionState
from postmortems.models.cause import Cause
from postmortems.models.postmortem import Postmortem, State
from postmortems.models.review import CauseReview, Page, ReviewComment, ReviewState, ReviewThreshold, ReviewView
from postmortems.models.verdict import SimilarityVerdict

__all__ = [
    "Action",
    "ActionKind",
    "ActionState",
    "Cause",
    "CauseReview",
    "Page",
    "Postmortem",
    "ReviewComment",
    "ReviewState",
    "ReviewThreshold",
    "ReviewView",
    "SimilarityVerdict",
    "State",
]
