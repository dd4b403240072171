"""Who may do what: one table, read by verbs, pages, actions, API and tests.

Groups come from a migration; a person may hold several (each act still carries one name).
`is_superuser` grants nothing here: administrators have no silent power.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from crisisdesk.core.actors import Actor
from crisisdesk.core.refusals import NotAllowed


class Group(StrEnum):
    """The groups of people, by the names shown in the console."""

    OPERATIONS = "Operations"
    SUPPORT = "Support"
    COMMUNICATIONS = "Marketing communications"
    SUCCESS = "Customer success"
    EXECUTIVES = "Executives"
    ADMINISTRATORS = "Administrators"


class Act(StrEnum):
    """Everything a role can permit; the value completes "may ..."."""

    VIEW_CONSOLE = "open the console"
    VIEW_INCIDENTS = "see incidents"
    VIEW_CUSTOMERS = "see customers and contacts"
    VIEW_DELIVERIES = "see deliveries"
    VIEW_SETTINGS = "see roles, templates and policies"
    VIEW_AUDIT = "see the audit trail"
    VIEW_PEOPLE = "see people"
    VIEW_REVIEW = "see the executive review"
    VIEW_POSTMORTEMS = "see post-mortems"

    REPORT_PROBLEM = "report a problem"
    ACKNOWLEDGE_ALERT = "acknowledge an alert"
    QUALIFY = "declare, decline or mark an alert too brief"
    CHANGE_INCIDENT = "change severity, status, scope and findings of an incident"
    GREEN_LIGHT = "give or withdraw the green light"
    REOPEN = "reopen an incident"
    WRITE_NOTE = "write in the timeline"
    ASK_EXECUTIVES = "ask executives for resources"
    ANSWER_REQUEST = "answer requests to executives"

    EDIT_DRAFT = "edit the draft of a customer message"
    SEND_UPDATE = "send messages to customers"
    ADJUST_AUDIENCE = "add or leave out recipients"
    CONTROL_DELIVERY = "pause, resume, stop and retry deliveries"

    EDIT_TEMPLATE = "write message templates"
    APPROVE_TEMPLATE = "approve message templates"

    EDIT_CUSTOMERS = "edit and import customers"
    RECORD_CONTACT = "record a personal contact"

    EDIT_POSTMORTEM = "write a post-mortem"
    APPROVE_POSTMORTEM = "approve a post-mortem"
    EDIT_CUSTOMER_EDITION = "edit the customer edition of a post-mortem"
    SEND_CUSTOMER_EDITION = "send the customer edition of a post-mortem"
    EDIT_ACTION = "edit action items"
    ASSIGN_FIX = "assign long-term fixes"
    SIGN_OFF = "sign off post-mortems and open reviews"
    COMMENT_REVIEW = "comment in the executive review"

    MANAGE_PEOPLE = "manage people and roles"
    MANAGE_SETTINGS = "manage on-call, policies, types and sources"


_OPS, _SUP, _COM = Group.OPERATIONS, Group.SUPPORT, Group.COMMUNICATIONS
_CS, _EXE, _ADM = Group.SUCCESS, Group.EXECUTIVES, Group.ADMINISTRATORS
_ALL = frozenset(Group)

TABLE: Mapping[Act, frozenset[Group]] = {
    Act.VIEW_CONSOLE: _ALL,
    Act.VIEW_INCIDENTS: _ALL,
    Act.VIEW_CUSTOMERS: frozenset({_OPS, _SUP, _COM, _CS, _EXE}),
    Act.VIEW_DELIVERIES: frozenset({_OPS, _SUP, _COM, _CS, _EXE}),
    Act.VIEW_SETTINGS: _ALL,
    Act.VIEW_AUDIT: frozenset({_OPS, _EXE, _ADM}),
    Act.VIEW_PEOPLE: frozenset({_OPS, _SUP, _EXE, _ADM}),
    Act.VIEW_REVIEW: frozenset({_OPS, _SUP, _COM, _EXE}),
    Act.VIEW_POSTMORTEMS: frozenset({_OPS, _SUP, _COM, _CS, _EXE}),
    Act.REPORT_PROBLEM: _ALL,
    Act.ACKNOWLEDGE_ALERT: frozenset({_OPS, _SUP}),
    Act.QUALIFY: frozenset({_OPS}),
    Act.CHANGE_INCIDENT: frozenset({_OPS}),
    Act.GREEN_LIGHT: frozenset({_OPS}),
    Act.REOPEN: frozenset({_OPS}),
    Act.WRITE_NOTE: frozenset({_OPS, _SUP, _COM, _EXE}),
    Act.ASK_EXECUTIVES: frozenset({_OPS, _SUP}),
    Act.ANSWER_REQUEST: frozenset({_EXE}),
    Act.EDIT_DRAFT: frozenset({_SUP, _COM}),
    Act.SEND_UPDATE: frozenset({_SUP}),
    Act.ADJUST_AUDIENCE: frozenset({_SUP}),
    Act.CONTROL_DELIVERY: frozenset({_SUP}),
    Act.EDIT_TEMPLATE: frozenset({_COM}),
    Act.APPROVE_TEMPLATE: frozenset({_COM}),
    Act.EDIT_CUSTOMERS: frozenset({_SUP}),
    Act.RECORD_CONTACT: frozenset({_SUP, _CS}),
    Act.EDIT_POSTMORTEM: frozenset({_OPS}),
    Act.APPROVE_POSTMORTEM: frozenset({_OPS}),
    Act.EDIT_CUSTOMER_EDITION: frozenset({_SUP, _COM}),
    Act.SEND_CUSTOMER_EDITION: frozenset({_SUP}),
    Act.EDIT_ACTION: frozenset({_OPS}),
    Act.ASSIGN_FIX: frozenset({_EXE, _OPS}),
    Act.SIGN_OFF: frozenset({_EXE}),
    Act.COMMENT_REVIEW: frozenset({_EXE}),
    Act.MANAGE_PEOPLE: frozenset({_ADM}),
    Act.MANAGE_SETTINGS: frozenset({_ADM}),
}

# What a named job may do by itself. A job that is not listed may do nothing.
JOBS: Mapping[str, frozenset[Act]] = {
    "intake": frozenset({Act.REPORT_PROBLEM}),
    "promise keeper": frozenset({Act.SEND_UPDATE}),
    "post-mortem opener": frozenset({Act.EDIT_POSTMORTEM, Act.EDIT_ACTION}),
    "history import": frozenset({Act.MANAGE_SETTINGS}),
    "command line": frozenset({Act.MANAGE_SETTINGS}),
    "demonstration": frozenset(Act),
}


def may(actor: Actor, act: Act) -> bool:
    """True when one of the actor's groups (or, for a job, its entry in `JOBS`) permits the act."""
    if actor.kind == "job":
        return act in JOBS.get(actor.name, frozenset())
    return not TABLE[act].isdisjoint(actor.groups)


def require(actor: Actor, act: Act) -> None:
    """Return when the act is permitted, else raise NotAllowed with a text that names the groups that may."""
    if not may(actor, act):
        raise NotAllowed(f"{actor.name} may not {act}. This takes {_one_of(TABLE[act])}.")


def _one_of(groups: Iterable[Group]) -> str:
    names = [group.value for group in Group if group in frozenset(groups)]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
