"""The SQL of a question: the relations that it reads, with the conditions of the filters."""

from whence_ledger.model.query import EVERYTHING
from whence_ledger.store.question import relations

FILTERS = EVERYTHING.unset


def test_every_filter_of_a_query_has_its_condition() -> None:
    chosen = relations(frozenset())["chosen"]
    assert {name for name in FILTERS if f"${name}," not in chosen} == set()


def test_a_filter_that_is_not_set_leaves_no_condition() -> None:
    for relation, sql in relations(FILTERS).items():
        assert {name for name in FILTERS if f"${name}" in sql} == set(), relation
    only_users = relations(FILTERS - {"users"})["chosen"]
    assert {name for name in FILTERS if f"${name}" in only_users} == {"users"}
