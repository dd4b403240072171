"""The console's own pages, mounted inside the admin site (namespace `admin`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from incidents.room import (
    acts,
    as_customer,
    assessment,
    briefing,
    bulk,
    calls,
    catching_up,
    component_states,
    compose,
    confidence,
    contact_methods,
    correction,
    deliveries,
    deliveries_one,
    emergency,
    executive_request,
    joining,
    ledger,
    on_call,
    on_call_calendars,
    preview,
    qualify,
    report,
    room,
    saved_links,
    scope,
    search,
    service_map,
    work,
)

Guard = Callable[[Callable[..., Any]], Callable[..., Any]]
ROUTES: tuple[tuple[str, Callable[..., Any], str], ...] = (
    ("report/", report.report, "report_problem"),
    ("alerts/<int:pk>/qualify/", qualify.qualify_page, "qualify"),
    ("alerts/<slug:decision>/", bulk.alerts_bulk, "alerts_bulk"),
    ("incidents/<int:pk>/live/", room.room_live, "room_live"),
    ("incidents/<int:pk>/note/", room.room_note, "room_note"),
    ("incidents/<int:pk>/press/<slug:name>/", room.room_press, "room_press"),
    ("incidents/<int:pk>/checklist/<int:item_pk>/", work.room_tick, "room_tick"),
    ("incidents/<int:pk>/findings/<int:finding_pk>/", work.room_finding_state, "room_finding_state"),
    ("incidents/<int:pk>/findings/<slug:track>/", work.room_finding, "room_finding"),
    ("incidents/<int:pk>/do/<slug:name>/", acts.room_act, "room_act"),
    ("incidents/<int:pk>/scope/", scope.scope, "scope"),
    ("incidents/<int:pk>/merge/", joining.merge_page, "room_merge"),
    ("incidents/<int:pk>/confidential/", confidence.confidence, "room_confidential"),
    ("incidents/<int:pk>/split/", joining.split_page, "room_split"),
    ("incidents/<int:pk>/audience/", scope.audience, "audience"),
    ("incidents/<int:pk>/assessment/", assessment.assessment_search, "assessment_search"),
    ("incidents/<int:pk>/assessment/<int:customer_pk>/", assessment.assessment, "assessment"),
    ("incidents/<int:pk>/as/", as_customer.as_customer_search, "as_customer_search"),
    ("incidents/<int:pk>/as/<int:customer_pk>/", as_customer.as_customer, "as_customer"),
    ("incidents/<int:pk>/as/<int:customer_pk>/shown/", as_customer.as_customer_shown, "as_customer_shown"),
    ("search/", search.search_page, "search"),
    ("saved/", saved_links.save_link, "save_link"),
    ("saved/<int:pk>/remove/", saved_links.remove_link, "saved_link_remove"),
    ("services/map/", service_map.service_map, "service_map"),
    ("incidents/<int:pk>/briefing/success/", briefing.success, "briefing_success"),
    ("incidents/<int:pk>/briefing/executives/", briefing.executives, "briefing_executives"),
    ("incidents/<int:pk>/states/", component_states.component_states, "component_states"),
    ("incidents/<int:pk>/catch-up/", catching_up.catch_up_page, "catch_up"),
    ("incidents/<int:pk>/compose/", compose.compose, "compose"),
    ("incidents/<int:pk>/compose/preview/", preview.compose_preview, "compose_preview"),
    ("incidents/<int:pk>/compose/<slug:kind>/", compose.compose_start, "compose_start"),
    ("updates/<int:pk>/correct/", correction.correct, "correct"),
    ("emergency-texts/", emergency.emergency_uses, "emergency_uses"),
    ("emergency-texts/<int:pk>/", emergency.emergency_use, "emergency_use"),
    ("requests/<int:pk>/", executive_request.executive_request, "executive_request"),
    ("promises/", ledger.promise_ledger, "promise_ledger"),
    ("contact-methods/", contact_methods.contact_methods, "contact_methods"),
    ("on-call/", on_call.on_call, "on_call"),
    ("on-call/override/", on_call.override, "on_call_override"),
    ("on-call/override/<int:pk>/end/", on_call.end_override, "on_call_override_end"),
    ("on-call/calendars/", on_call_calendars.make_calendar, "on_call_calendar"),
    ("on-call/calendars/<int:pk>/revoke/", on_call_calendars.revoke_calendar, "on_call_calendar_revoke"),
    ("on-call/swap/", on_call.swap, "on_call_swap"),
    ("on-call/swap/<int:pk>/<slug:name>/", on_call.answer, "on_call_answer"),
    ("updates/<int:pk>/deliveries/", deliveries.deliveries, "deliveries"),
    ("updates/<int:pk>/deliveries/live/", deliveries.deliveries_live, "deliveries_live"),
    ("updates/<int:pk>/deliveries/<slug:name>/", deliveries.deliveries_act, "deliveries_act"),
    ("deliveries/<int:pk>/", deliveries_one.delivery, "delivery"),
    ("incidents/<int:pk>/calls/", calls.call_list, "call_list"),
    ("incidents/<int:pk>/calls/<int:customer_pk>/", calls.call, "call"),
)


def paths(guard: Guard) -> list[URLPattern]:
    """The routes; `guard` is the site's `admin_view`: signed in, CSRF checked, in the person's time zone."""
    return [path(route, guard(view), name=name) for route, view, name in ROUTES]
