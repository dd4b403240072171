"""A search or a list kept under a name: one's own, or a group's; pages of this desk only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

import pytest
from django.test import Client

from crisisdesk.core import saved_links
from crisisdesk.core.actors import Actor
from crisisdesk.core.models import AuditEntry, SavedLink, User
from crisisdesk.core.refusals import InvalidInput, NotAllowed, WrongState
from crisisdesk.core.saved_links import links_of, remove, save

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LIST = "/admin/customers/customer/?tier__exact=enterprise&q=a"
ELSEWHERE = [
    "https://evil.example/admin/",
    "//evil.example/admin/",
    "/\\evil.example/admin/",
    "/admin//evil.example/",
    "/admin/../p/token/",
    "/p/token/",
    "javascript:alert(1)",
    "/admin/search/?q=a\n",
    "/admin/search/#top",
    "",
]


def names(by: Actor) -> list[str]:
    """What a person sees."""
    return [row.name for row in links_of(by)]


def test_a_list_is_saved_from_its_page_and_found_again(dana: User, signed_in: SignIn) -> None:
    browser = signed_in(dana)
    form = f"/admin/saved/?path={quote(LIST, safe='')}"
    assert form.replace("&", "&amp;") in browser.get(LIST).content.decode()
    assert browser.get(form).status_code == 200

    kept = browser.post("/admin/saved/", {"path": LIST, "name": " My  enterprise ", "group": ""})

    assert kept["Location"] == LIST
    for page in ("/admin/", "/admin/search/"):
        html = browser.get(page).content.decode()
        assert f'<a class="lines__title" href="{LIST.replace("&", "&amp;")}">My enterprise</a>' in html
    row = SavedLink.objects.get()
    browser.post(f"/admin/saved/{row.pk}/remove/")
    assert not SavedLink.objects.exists()
    assert [*AuditEntry.objects.order_by("pk").values_list("action", flat=True)] == ["link.saved", "link.removed"]
    assert "enterprise" not in str([*AuditEntry.objects.values_list("data", flat=True)])


def test_a_shared_one_is_seen_by_the_group_and_removed_by_its_owner_only(
    dana: User, ivo: User, by_dana: Actor, by_ivo: Actor, now: datetime, signed_in: SignIn
) -> None:
    save(name="Mine", path=LIST, by=by_dana, now=now)
    shared = save(name="Ours", path=LIST, group="Support", by=by_dana, now=now)
    del_ = User.objects.create_user(username="del", email="del@vendor.example", is_staff=True)
    del_.groups.set(dana.groups.all())
    by_del = Actor.person(del_)

    assert (names(by_dana), names(by_del), names(by_ivo)) == (["Mine", "Ours"], ["Ours"], [])
    with pytest.raises(NotAllowed, match="Only the person who saved"):
        remove(shared, by=by_del, now=now)
    assert signed_in(ivo).post(f"/admin/saved/{shared.pk}/remove/").status_code == 404
    assert SavedLink.objects.count() == 2


def test_somebody_who_lost_a_role_loses_its_links(dana: User, by_dana: Actor, now: datetime) -> None:
    other = User.objects.create_user(username="del", email="del@vendor.example", is_staff=True)
    other.groups.set(dana.groups.all())
    save(name="Ours", path=LIST, group="Support", by=Actor.person(other), now=now)
    assert names(by_dana) == ["Ours"]

    dana.groups.clear()

    assert names(Actor.person(dana)) == []


@pytest.mark.parametrize("path", ELSEWHERE)
def test_nothing_outside_the_desk_is_saved(
    path: str, dana: User, by_dana: Actor, now: datetime, signed_in: SignIn
) -> None:
    with pytest.raises(InvalidInput, match="Only pages of this desk"):
        save(name="Trap", path=path, by=by_dana, now=now)
    answer = signed_in(dana).post("/admin/saved/", {"path": path, "name": "Trap"})

    assert (answer.status_code, answer.has_header("Location")) == (422, False)
    assert not SavedLink.objects.exists()


def test_a_refused_name_keeps_what_was_typed(dana: User, by_dana: Actor, now: datetime, signed_in: SignIn) -> None:
    save(name="Ours", path=LIST, by=by_dana, now=now)

    page = signed_in(dana).post("/admin/saved/", {"path": LIST, "name": "Ours", "group": "Support"})

    assert page.status_code == 422
    assert "You have a link called “Ours” already" in page.content.decode()
    assert 'value="Ours"' in page.content.decode()
    for given, says in (({"name": " "}, "Give it a name"), ({"group": "Operations"}, "a group of your own")):
        with pytest.raises(InvalidInput, match=says):
            save(**{"name": "New", "path": LIST, **given}, by=by_dana, now=now)


def test_there_is_an_end_to_them(by_dana: Actor, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_links, "MOST", 1)
    save(name="One", path=LIST, by=by_dana, now=now)

    with pytest.raises(WrongState, match="Remove one first"):
        save(name="Two", path=LIST, by=by_dana, now=now)
    with pytest.raises(NotAllowed):
        save(name="Three", path=LIST, by=Actor.job("promise keeper"), now=now)
