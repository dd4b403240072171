"""Post-mortems, action items and causes in the console."""

from postmortems.admin.actions import ActionAdmin
from postmortems.admin.causes import CauseAdmin
from postmortems.admin.postmortem import PostmortemAdmin

__all__ = ["ActionAdmin", "CauseAdmin", "PostmortemAdmin"]
