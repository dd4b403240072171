"""What a file may refer to: services, regions, instances and people, read once per plan."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crisisdesk.core.models import User
from customers.imports.cells import one_of
from customers.models import Instance, Region, Service

# service, @region, /instance
_USE = re.compile(r"(?P<service>[^@/]+)(?:@(?P<region>[^/]+))?(?:/(?P<instance>.+))?")


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One thing a customer uses, as primary keys; 0 means everywhere."""

    service_id: int
    region_id: int
    instance_id: int
    label: str


@dataclass(frozen=True, slots=True)
class Landscape:
    """Words of the file -> rows."""

    services: dict[str, str]  # lower-case slug or name -> slug
    by_slug: dict[str, Service]
    regions: dict[str, str]
    by_region: dict[str, Region]
    instances: dict[tuple[int, str], Instance]  # (service, lower-case name)
    people: dict[str, User]  # lower-case e-mail address or user name

    @classmethod
    def load(cls) -> Landscape:
        """Four queries."""
        services = list(Service.objects.active())
        regions = list(Region.objects.all())
        return cls(
            services={word.lower(): row.slug for row in services for word in (row.name, row.slug)},
            by_slug={row.slug: row for row in services},
            regions={row.slug.lower(): row.slug for row in regions},
            by_region={row.slug: row for row in regions},
            instances={(row.service_id, row.name.lower()): row for row in Instance.objects.all()},
            people={
                word.lower(): row for row in User.objects.filter(is_active=True) for word in (row.email, row.username)
            },
        )

    def person(self, word: str) -> User:
        """The person with this e-mail address or user name; raises ValueError."""
        found = self.people.get(word.lower())
        if found is None:
            raise ValueError(f"There is no person “{word}” here. Add the person first, or leave account_owner empty.")
        return found

    def uses(self, cell: str) -> tuple[list[Use], list[str]]:
        """What a services cell lists, and what is wrong with the rest."""
        found, problems = [], []
        for part in re.split(r"[;,]", cell):
            if word := part.strip():
                try:
                    found.append(self._use(word))
                except ValueError as error:
                    problems.append(str(error))
        return found, problems

    def _use(self, word: str) -> Use:
        """One item such as payments-api@eu-west/7; raises ValueError."""
        match = _USE.fullmatch(word)
        if match is None:
            raise ValueError(f"“{word}” is not service, service@region or service@region/instance.")
        service = self.by_slug[one_of(match["service"].strip(), self.services, "service")]
        region = self._region(match["region"])
        if match["instance"] is None:
            return Use(service.pk, region.pk if region else 0, 0, label(service, region, None))
        name = match["instance"].strip()
        instance = self.instances.get((service.pk, name.lower()))
        if instance is None:
            raise ValueError(f"{service.slug} has no instance “{name}”.")
        if region is not None and instance.region_id != region.pk:
            raise ValueError(f"Instance {instance.name} of {service.slug} is not in {region.slug}.")
        return Use(service.pk, instance.region_id or 0, instance.pk, label(service, region, instance))

    def _region(self, word: str | None) -> Region | None:
        return None if word is None else self.by_region[one_of(word.strip(), self.regions, "region")]


def label(service: Service, region: Region | None, instance: Instance | None) -> str:
    """The spelling of one thing used, such as payments-api@eu-west/7."""
    return f"{service.slug}{f'@{region.slug}' if region else ''}{f'/{instance.name}' if instance else ''}"
