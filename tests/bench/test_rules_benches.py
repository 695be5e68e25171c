"""That the benches of who answers would tell: a wrong answer is judged wrong, a mutant is another program."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta

import pytest

from app.care.rules import Absence, Passed, answers
from tests.bench import mutants, routing
from tests.bench.routing import Answer, Maker, Question


def a_world_that_answers(step: int) -> tuple[Maker, Question, Answer]:
    for seed in range(1000):
        maker = Maker(seed)
        question = maker.question()
        it = question
        found = answers(maker.given.plan, it.patient, it.belongs_to, states=it.states, at=it.at, asked=it.asked)
        if found.step == step:
            return maker, question, found
    raise AssertionError(f"no world among a thousand answers at step {step}")


def judged_wrong(maker: Maker, question: Question, answer: Answer) -> set[str]:
    return {name for name, wrong in routing.judged(maker.given.plain, question, answer).items() if wrong}


def test_a_right_answer_is_not_judged_wrong() -> None:
    for step in (1, 2, 3, 5, 7):
        maker, question, found = a_world_that_answers(step)
        assert judged_wrong(maker, question, found) == set()
        assert not routing.differs(maker.given.plain, question, found)


def test_a_wrong_answer_is_judged_wrong() -> None:
    maker, question, found = a_world_that_answers(1)
    assert judged_wrong(maker, question, replace(found, step=7)) == {"unrouted"}
    assert "unrouted" in judged_wrong(maker, question, replace(found, holder=None))
    assert {"no right", "out of reach"} <= judged_wrong(maker, question, replace(found, holder="nobody"))
    assert judged_wrong(maker, question, replace(found, passed=(Passed(found.holder, "absent"),))) == {"loops"}
    twice = (Passed("a", "absent"), Passed("a", "absent"))
    assert judged_wrong(maker, question, replace(found, passed=twice)) == {"loops"}
    assert routing.differs(maker.given.plain, question, replace(found, step=2))
    at = found.asked_at
    maker.given.absences.append(Absence(found.holder, at, at + timedelta(minutes=1), (), at))
    assert {"absent", "out of reach"} == judged_wrong(maker, question, found)


def test_cases_are_answered_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "QUESTIONS", 20)
    wrong, steps, seconds = routing.some(range(2))
    assert not +wrong and steps.total() == 40 and seconds > 0


@pytest.mark.parametrize("module", [module for them in mutants.MODULES.values() for module in them])
def test_a_mutant_is_another_program_and_its_line_is_told(module: str) -> None:
    number = len(mutants.ways(module))
    plain = ast.unparse(ast.parse(mutants.source(module)))
    for one in range(0, number, 25):
        tree, _ = mutants.mutated((module, one))
        assert ast.unparse(tree) != plain
        assert "→" in mutants.told((module, one))


def test_what_only_names_is_not_changed() -> None:
    names = '"""Doc."""\nT = TypeVar("T")\n__all__ = ["a"]\n'
    text = names + 'def f(a: int | None = 1) -> "str":\n    """Doc."""\n    return a\n'
    ways = [node for node in mutants.changeable(ast.parse(text)) if list(mutants.changes(node))]
    assert [ast.unparse(node) for node in ways] == ["1", "return a"]
