"""Rows of incidents."""

from incidents.models.alert import Alert, AlertSource, AlertState
from incidents.models.answer import Answer, Informed
from incidents.models.attempt import HOPEFUL, Attempt, AttemptState
from incidents.models.calendar import CalendarFeed, FeedName, FeedSpan, PublishedCalendar
from incidents.models.checklist import ChecklistItem, ChecklistTick, Phase
from incidents.models.clearance import Clearance
from incidents.models.contact_method import LATEST_STEP_SECONDS, ContactMethod, ContactStep, Urgency
from incidents.models.emergency import EmergencyUse
from incidents.models.executive_request import ExecutiveRequest
from incidents.models.finding import Finding, FindingState, Track
from incidents.models.incident import AffectedService, AudienceAdjustment, Incident, reference_of
from incidents.models.incident_type import IncidentType
from incidents.models.joining import CarriedOver
from incidents.models.notification import Notification, NotificationState
from incidents.models.paging import Marked, PagingPolicy
from incidents.models.policy import PolicyStep, PromisePolicy, StepAction, Whom
from incidents.models.promise import Outcome, Promise
from incidents.models.role import IncidentRole, Rank, Shift
from incidents.models.schedule import Override, Swap, SwapState, WeeklyWindow, WindowMember
from incidents.models.template import Template
from incidents.models.timeline import TimelineEntry
from incidents.models.update import Draft, DraftWriter, Update
from incidents.models.words import (
    DATED_KINDS,
    MADE_KINDS,
    PROMISING_KINDS,
    ComponentStatus,
    ContactKind,
    NoticedBy,
    Severity,
    Status,
    UpdateKind,
)

__all__ = [
    "DATED_KINDS",
    "HOPEFUL",
    "LATEST_STEP_SECONDS",
    "MADE_KINDS",
    "PROMISING_KINDS",
    "AffectedService",
    "Alert",
    "AlertSource",
    "AlertState",
    "Answer",
    "Attempt",
    "AttemptState",
    "AudienceAdjustment",
    "CalendarFeed",
    "CarriedOver",
    "ChecklistItem",
    "ChecklistTick",
    "Clearance",
    "ComponentStatus",
    "ContactKind",
    "ContactMethod",
    "ContactStep",
    "Draft",
    "DraftWriter",
    "EmergencyUse",
    "ExecutiveRequest",
    "FeedName",
    "FeedSpan",
    "Finding",
    "FindingState",
    "Incident",
    "IncidentRole",
    "IncidentType",
    "Informed",
    "Marked",
    "NoticedBy",
    "Notification",
    "NotificationState",
    "Outcome",
    "Override",
    "PagingPolicy",
    "Phase",
    "PolicyStep",
    "Promise",
    "PromisePolicy",
    "PublishedCalendar",
    "Rank",
    "Severity",
    "Shift",
    "Status",
    "StepAction",
    "Swap",
    "SwapState",
    "Template",
    "TimelineEntry",
    "Track",
    "Update",
    "UpdateKind",
    "Urgency",
    "WeeklyWindow",
    "Whom",
    "WindowMember",
    "reference_of",
]
