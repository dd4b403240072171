"""Tables that a migration creates in one go."""

from __future__ import annotations

import pytest
from django.db import connection, models
from django.db.migrations import CreateModel
from django.db.migrations.state import ProjectState

from crisisdesk.core.tables import CreateModels

BIRD = CreateModel("Bird", fields=[("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())])
NEST = CreateModel(
    "Nest",
    fields=[("id", models.BigAutoField(primary_key=True)), ("bird", models.ForeignKey("core.Bird", models.PROTECT))],
)
TABLES = {"core_bird", "core_nest"}


@pytest.mark.django_db(transaction=True)
def test_it_creates_tables_that_refer_to_each_other_and_drops_them_again() -> None:
    operation = CreateModels([BIRD, NEST])
    before, after = ProjectState(), ProjectState()
    operation.state_forwards("core", after)

    with connection.schema_editor() as editor:
        operation.database_forwards("core", editor, before, after)
    made = TABLES & set(connection.introspection.table_names())
    nest = after.apps.get_model("core", "Nest").objects.create(
        bird=after.apps.get_model("core", "Bird").objects.create(name="Wren")
    )
    with connection.schema_editor() as editor:
        operation.database_backwards("core", editor, after, before)

    assert made == TABLES
    assert nest.bird.name == "Wren"
    assert not TABLES & set(connection.introspection.table_names())


def test_it_names_the_number_of_models_in_the_plan() -> None:
    assert CreateModels([BIRD, NEST]).describe() == "Create 2 models"


def test_models_rendered_before_are_rendered_again_with_the_new_ones() -> None:
    state = ProjectState()
    CreateModels([BIRD]).state_forwards("core", state)
    state.apps.get_model("core", "Bird")

    CreateModels([NEST]).state_forwards("core", state)

    assert state.apps.get_model("core", "Nest")._meta.get_field("bird").related_model is state.apps.get_model(
        "core", "Bird"
    )
