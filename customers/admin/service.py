"""Services, regions and instances: settings that audiences follow from."""

from __future__ import annotations

from django.contrib import admin

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin, OnlyChosen
from customers.admin.inlines import DependencyInline, InstanceInline
from customers.models import Instance, Region, Service


@admin.register(Service)
class ServiceAdmin(OnlyChosen, ConsoleAdmin[Service]):
    """What can fail, and what it stands on."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("name", "slug", "owner", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    fields = ("name", "slug", "description", "owner", "is_active")
    teaches = "Name what you run, and what depends on what: who hears of an outage follows from it."
    prepopulated_fields = {"slug": ("name",)}
    inlines = (DependencyInline, InstanceInline)


@admin.register(Region)
class RegionAdmin(ConsoleAdmin[Region]):
    """Where services run."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("slug", "name")
    teaches = "Name the places where your services run: an outage of one is told to those who are served from there."
    search_fields = ("slug", "name")


@admin.register(Instance)
class InstanceAdmin(OnlyChosen, ConsoleAdmin[Instance]):
    """Single servers, cells or tools."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("name", "service", "region")
    teaches = (
        "Name servers, cells or tools on the page of their service, where customers are on one of them: "
        "then only those are told when it fails."
    )
    list_filter = ("region",)
    list_select_related = ("service", "region")
    search_fields = ("name", "service__name", "service__slug")
