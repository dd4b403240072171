"""Rows of post-mortems."""

from postmortems.models.action import Action, ActionKind, ActionState
from postmortems.models.attachment import Attachment, AttachmentContent
from postmortems.models.cause import Cause
from postmortems.models.edition import EditionVersion
from postmortems.models.moments import AddedMoment, HiddenMoment
from postmortems.models.postmortem import Postmortem, State
from postmortems.models.printout import Printed, Printout, PrintoutContent, PrintState
from postmortems.models.review import CauseReview, Page, ReviewComment, ReviewState, ReviewThreshold, ReviewView
from postmortems.models.verdict import AlertVerdict, SimilarityVerdict

__all__ = [
    "Action",
    "ActionKind",
    "ActionState",
    "AddedMoment",
    "AlertVerdict",
    "Attachment",
    "AttachmentContent",
    "Cause",
    "CauseReview",
    "EditionVersion",
    "HiddenMoment",
    "Page",
    "Postmortem",
    "PrintState",
    "Printed",
    "Printout",
    "PrintoutContent",
    "ReviewComment",
    "ReviewState",
    "ReviewThreshold",
    "ReviewView",
    "SimilarityVerdict",
    "State",
]
