"""The whole table of rights, written out again: a change of it must be meant twice."""

from typing import get_args

import pytest

from analyzer.errors import RefusedError
from analyzer.models.base import PersonRole
from analyzer.models.review import EventKind, Person
from analyzer.review.permissions import PERMISSIONS, Task, may, may_see, require
from tests.review.cases import BUDI, DEWI, LEA, RINI

#                     analyst coach lead agent (own calls), as yes or no
TABLE = """
    view                 yes   yes   yes   yes
    play                 yes   yes   yes   yes
    export               yes   yes   yes   no
    agree                yes   yes   yes   no
    override             yes   yes   yes   no
    confirm              yes   yes   yes   no
    dismiss              yes   yes   yes   no
    comment              yes   yes   yes   no
    coaching             yes   yes   yes   no
    reviewed             yes   yes   yes   no
    undo                 yes   yes   yes   yes
    acknowledge          no    no    no    yes
    dispute              no    no    no    yes
    accept               no    no    yes   no
    reject               no    no    yes   no
    queue                yes   yes   yes   yes
    figures              yes   yes   yes   yes
    plan                 yes   yes   yes   no
    sessions             yes   no    yes   no
    score_session        yes   yes   yes   no
    people               no    no    yes   no
    export_labels        yes   yes   yes   no
    history              yes   yes   yes   no
"""
RIGHTS = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}
PEOPLE = (BUDI, RINI, LEA, DEWI)


def test_every_action_is_in_the_table_and_none_deletes():
    actions = {*get_args(EventKind), *get_args(Task)}
    assert set(PERMISSIONS) == actions == set(RIGHTS)
    assert not {action for action in actions if "delete" in action or "purge" in action}
    assert {role for rights in PERMISSIONS.values() for role in rights} <= set(get_args(PersonRole))


@pytest.mark.parametrize("action", RIGHTS)
def test_permissions_are_those_of_the_table(action: str):
    allowed = ["yes" if may(person, action, agent="Dewi") else "no" for person in PEOPLE]  # type: ignore[arg-type]
    assert allowed == RIGHTS[action]


@pytest.mark.parametrize("action", [action for action, rights in RIGHTS.items() if rights[3] == "yes"])
@pytest.mark.parametrize("agent", ["Rudi", None])
def test_agents_may_do_nothing_with_other_agents_calls(action: str, agent: str | None):
    assert not may(DEWI, action, agent=agent)  # type: ignore[arg-type]
    nobody = Person(name="Dewi", role="agent", agent=None)
    assert not may(nobody, action, agent=None)  # type: ignore[arg-type]


def test_a_refusal_names_who_and_what():
    with pytest.raises(RefusedError, match=r"Dewi \(agent\) may not do that: override") as caught:
        require(DEWI, "override", agent="Dewi")
    assert caught.value.key == "not_allowed"


def test_agents_see_their_kinds_of_events_and_only_leads_see_access_events():
    seen = {person.name: {kind for kind in get_args(EventKind) if may_see(person, kind)} for person in PEOPLE}
    every = set(get_args(EventKind))
    assert seen["Lea"] == every
    assert seen["Rini"] == seen["Budi"] == every - {"view", "play", "export"}
    assert seen["Dewi"] == every - {"view", "play", "export", "comment"}
