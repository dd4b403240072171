"""Services, regions and instances: settings that audiences follow from."""

from __future__ import annotations

from django.contrib import admin

from crisisdesk.core.access import Act
from crisisdesk.core.console import ConsoleAdmin
from customers.admin.inlines import DependencyInline, InstanceInline
from customers.models import Instance, Region, Service


@admin.register(Service)
class ServiceAdmin(ConsoleAdmin[Service]):
    """What can fail, and what it stands on."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("name", "slug", "owner", "is_active")
    list_filter = ("is_active",)
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}
    inlines = (DependencyInline, InstanceInline)


@admin.register(Region)
class RegionAdmin(ConsoleAdmin[Region]):
    """Where services run."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("slug", "name")
    search_fields = ("slug", "name")


@admin.register(Instance)
class InstanceAdmin(ConsoleAdmin[Instance]):
    """Single servers, cells or tools."""

    view_act = Act.VIEW_SETTINGS
    change_act = Act.MANAGE_SETTINGS
    list_display = ("name", "service", "region")
    list_filter = ("region",)
    list_select_related = ("service", "region")
    search_fields = ("name", "service__name", "service__slug")
