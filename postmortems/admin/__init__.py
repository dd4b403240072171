"""Post-mortems, action items, causes and thresholds in the console."""

from postmortems.admin.actions import ActionAdmin
from postmortems.admin.causes import CauseAdmin
from postmortems.admin.postmortem import PostmortemAdmin
from postmortems.admin.thresholds import ReviewThresholdAdmin

__all__ = ["ActionAdmin", "CauseAdmin", "PostmortemAdmin", "ReviewThresholdAdmin"]
