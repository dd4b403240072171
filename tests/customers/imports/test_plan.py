"""The dry run: what would change, and every bad row with its line and its reason."""

from __future__ import annotations

import pytest

from crisisdesk.core.actors import Actor
from crisisdesk.core.models import User
from customers.imports import plan, read
from customers.models import Contact, Customer, Subscription
from tests.customers.conftest import Landscape, make_customer
from tests.customers.imports.conftest import ACME, GLOBEX, csv_file, import_lines, planned, problems, xlsx_file

pytestmark = pytest.mark.usefixtures("landscape")


def changes(*lines: str) -> list[tuple[int, str, list[str]]]:
    """Line, kind and changes, as a person reads them."""
    return [
        (
            row.line,
            row.kind,
            [f"{c.what}: {c.before} → {c.after}" if c.before else f"{c.what}: {c.after}" for c in row.changes],
        )
        for row in planned(*lines).rows
    ]


def test_it_shows_what_is_new() -> None:
    assert changes(ACME) == [
        (
            2,
            "new",
            [
                "customer reference: A-1",
                "customer name: Acme",
                "customer tier: enterprise",
                "contact name: Ann Adler",
                "contact email: ann@acme.example",
                "contact phone: +14155550123",
                "contact language: en",
                "contact time_zone: America/New_York",
                "uses: payments-api@eu-west/7",
                "uses: checkout",
            ],
        )
    ]


def test_it_changes_nothing_by_looking() -> None:
    planned(ACME, GLOBEX)

    assert not Customer.objects.exists()
    assert not Contact.objects.exists()
    assert not Subscription.objects.exists()


def test_it_tells_changed_from_same(by_dana: Actor) -> None:
    import_lines(by_dana, ACME, GLOBEX)

    assert changes(ACME.replace("enterprise", "business").replace("Ann Adler", "Ann Ardent"), GLOBEX) == [
        (2, "changed", ["tier: enterprise → business", "contact name: Ann Adler → Ann Ardent"]),
        (3, "same", []),
    ]
    assert planned(ACME, GLOBEX).changes_nothing


def test_it_leaves_alone_what_an_empty_cell_says_nothing_about(by_dana: Actor) -> None:
    import_lines(by_dana, ACME)

    assert changes("A-1,Acme,,,Ann Adler,ANN@acme.example,,,,") == [(2, "same", [])]


def test_it_never_removes_what_a_customer_uses(by_dana: Actor) -> None:
    import_lines(by_dana, ACME)

    assert changes("A-1,Acme,,,,,,,,checkout@eu-west") == [(2, "changed", ["uses: checkout@eu-west"])]


def test_it_reads_several_lines_of_one_customer_as_its_contacts() -> None:
    second = "A-1,Acme,,,Bob Blau,bob@acme.example,,,,payments-api@eu-west/7"

    found = planned(ACME, second)

    assert [row.kind for row in found.rows] == ["new", "new"]
    assert (len(found.customers), len(found.contacts), len(found.subscriptions)) == (1, 2, 2)


def test_it_recognises_a_contact_without_email_by_the_phone(by_dana: Actor) -> None:
    import_lines(by_dana, "A-1,Acme,,,Night desk,,+14155550123,,,")

    assert changes("A-1,Acme,,,Night desk,desk@acme.example,+1 415 555-0123,,,") == [
        (2, "changed", ["contact email: desk@acme.example"])
    ]


def test_it_gives_a_new_contact_the_language_and_zone_of_its_customer(by_dana: Actor) -> None:
    import_lines(by_dana, GLOBEX, "G-1,Globex,,,Gil Grau,gil@globex.example,,,,")

    assert Contact.objects.get(email="gil@globex.example").time_zone == "Europe/Berlin"
    assert Customer.objects.get().language == "de"


def test_it_puts_back_the_plus_that_excel_took_from_a_phone_number() -> None:
    header = ("customer_reference", "customer", "contact_name", "phone")
    found = plan(read(xlsx_file(header, ("A-1", "Acme", "Ann", 493023125000), ("A-1", "Acme", "Bob", 4155550123))))

    assert [row.problems for row in found.rows] == [
        [],
        ["The phone number 4155550123 lacks its country code. Write it as text, such as +14155550123."],
    ]
    assert found.contacts[0].row.phone == "+493023125000"  # type: ignore[union-attr]


def test_it_finds_account_owners(cleo: User) -> None:
    assert "customer account_owner: Cleo Okafor" in changes("A-1,Acme,,cleo@vendor.example,,,,,,")[0][2]
    assert "customer account_owner: Cleo Okafor" in changes("A-1,Acme,,Cleo,,,,,,")[0][2]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (",Acme,,,,,,,,", "customer_reference is empty."),
        ("A-1,,,,,,,,,", "customer is empty."),
        ("A-1,Acme,gold,,,,,,,", "There is no tier “gold”. Known: business, enterprise, standard."),
        ("A-1,Acme,,nobody@x.example,,,,,,", "There is no person “nobody@x.example” here."),
        ("A-1,Acme,,,Ann,ann@@acme,,,,", "“ann@@acme” is not an e-mail address."),
        ("A-1,Acme,,,Ann,,(415) 555-0123,,,", "is not a telephone number with its country code"),
        ("A-1,Acme,,,Ann,,+1415,,,", "is too short or too long"),
        ("A-1,Acme,,,Ann,,015112345678,,,", "is not a telephone number with its country code"),
        ("A-1,Acme,,,Ann,,4.93023E+11,,,", "The spreadsheet has shortened the phone number"),
        ("A-1,Acme,,,Ann,a@a.example,,xx,,", "Messages cannot be written in “xx”. Languages: en, de, fr."),
        (
            "A-1,Acme,,,Ann,a@a.example,,,Europe/Berln,",
            "There is no time zone “Europe/Berln”. Did you mean Europe/Berlin?",
        ),
        ("A-1,Acme,,,Ann,a@a.example,,,New Yrok,", "There is no time zone “New Yrok”. Did you mean America/New_York?"),
        (
            "A-1,Acme,,,Ann,a@a.example,,,Middle-earth,",
            "There is no time zone “Middle-earth”. Use an IANA name such as Europe/Berlin.",
        ),
        ("A-1,Acme,,,Ann,a\u200bnn@acme.example,,,,", "is not an e-mail address."),
        ("A-1,Acme,,,Ann,jü ü@acme.example,,,,", "is not an e-mail address."),
        (f"A-1,Acme,,,Ann,{'ü' * 33}@acme.example,,,,", "is not an e-mail address."),
        ("A-1,Acme,,,Ann,,,,,", "The contact has neither email nor phone."),
        ("A-1,Acme,,,,a@a.example,,,,", "contact_name is empty."),
        ("A-1,Acme,,,,,,,,payment-api", "There is no service “payment-api”. Did you mean payments-api?"),
        ("A-1,Acme,,,,,,,,checkout@eu-wst", "There is no region “eu-wst”. Did you mean eu-west?"),
        ("A-1,Acme,,,,,,,,payments-api/12", "payments-api has no instance “12”."),
        ("A-1,Acme,,,,,,,,payments-api@us-east/7", "Instance 7 of payments-api is not in us-east."),
        ("A-1,Acme,,,,,,,,@eu-west", "is not service, service@region or service@region/instance"),
        (f"A-1,{'x' * 201},,,,,,,,", "name is longer than 200 characters."),
    ],
)
def test_it_says_what_is_wrong_with_a_row(line: str, says: str) -> None:
    found = problems(GLOBEX, line)

    assert list(found) == [3]
    assert says in found[3][0]


def test_it_says_everything_that_is_wrong_with_a_row() -> None:
    assert len(problems("A-1,Acme,gold,,Ann,ann@@acme,,xx,,payment-api; checkout@nowhere")[2]) == 5


def test_it_finds_lines_that_contradict_each_other() -> None:
    assert problems(
        ACME,
        "A-1,Acme Inc,,,Bob,bob@acme.example,,,,",
        "A-1,Acme,standard,,Cid,cid@acme.example,,,,",
        "A-1,Acme,,,Ann Again,Ann@acme.example,,,,",
        "A-2,ACME,,,Dot,dot@acme.example,,,,",
    ) == {
        3: ["name of A-1 is different in line 2. Make them the same."],
        4: ["tier of A-1 is different in line 2. Make them the same."],
        5: ["This contact is in line 2 already."],
        6: ["The name ACME belongs to the customer A-1 already."],
    }


def test_it_finds_a_name_that_another_customer_has(landscape: Landscape) -> None:
    make_customer("Acme")

    assert problems("X-9,ACME,,,,,,,,") == {2: ["The name ACME belongs to the customer acme already."]}


def test_it_does_not_guess_between_contacts_with_one_phone(by_dana: Actor) -> None:
    import_lines(
        by_dana, "A-1,Acme,,,Ann,ann@acme.example,+14155550123,,,", "A-1,Acme,,,Bob,bob@acme.example,+14155550123,,,"
    )

    assert problems("A-1,Acme,,,Desk,,+14155550123,,,") == {
        2: ["Several contacts of Acme have the phone number +14155550123. Give an email."]
    }


def test_it_asks_no_more_questions_for_a_longer_file(django_assert_max_num_queries: object) -> None:
    lines = [f"C-{n},Customer {n},,,Pat {n},pat@c{n}.example,,,,checkout; payments-api@eu-west" for n in range(300)]

    with django_assert_max_num_queries(12):  # type: ignore[operator]
        plan(read(csv_file(*lines)))
