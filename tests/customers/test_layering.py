"""The picture of what depends on what: foundations at the right, nothing on top of each other, circles survived."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from customers.layering import HEIGHT, around, draw

KEYS = st.integers(1, 12)
GRAPHS = st.dictionaries(KEYS, st.lists(KEYS, max_size=4), max_size=12)


def test_each_stands_left_of_all_it_depends_on() -> None:
    drawing = draw([1, 2, 3], {1: [2, 3], 2: [3]})
    x = {box.key: box.x for box in drawing.boxes}
    assert x[1] < x[2] < x[3]
    assert {(line.start, line.end) for line in drawing.lines} == {(1, 2), (1, 3), (2, 3)}


def test_a_circle_is_shown_as_what_it_is() -> None:
    lines = draw([1, 2], {1: [2], 2: [1]}).lines
    assert {(line.start, line.end) for line in lines} == {(1, 2), (2, 1)}
    assert [line.closes_circle for line in lines].count(True) == 1


def test_around_a_service_is_all_it_stands_on_and_all_that_stands_on_it() -> None:
    assert around(2, {1: [2], 2: [3], 4: [3]}) == {1, 2, 3}


def test_no_services_make_an_empty_picture() -> None:
    assert draw([], {}).boxes == ()


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_every_graph_can_be_drawn(graph: dict[int, list[int]]) -> None:
    keys = sorted({*graph, *(one for several in graph.values() for one in several)})
    drawing = draw(keys, graph)
    x = {box.key: box.x for box in drawing.boxes}
    assert sorted(x) == keys
    assert len({(box.x, box.y) for box in drawing.boxes}) == len(keys)
    assert all(x[line.start] < x[line.end] for line in drawing.lines if not line.closes_circle)
    wanted = {(one, other) for one, several in graph.items() for other in several if one != other}
    assert {(line.start, line.end) for line in drawing.lines} == wanted
    assert all(box.y + HEIGHT <= drawing.height for box in drawing.boxes)
