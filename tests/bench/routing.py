"""Who answers, a million times: how fast, and that nobody who is not there, or may not, is ever the one."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from app.care.rules import Answer, State, answers
from tests.bench.figures import Figure, must, say, scaled
from tests.care.plain import World
from tests.care.random_worlds import FUNCTION, Given, Maker, Question

CASES = 1_000_000
QUESTIONS = 500
"""To each world, as a unit's plan is asked many times before somebody changes it."""
PROCESSES = 2
WORLDS_A_TIME = 10
COMPARED_WHOLE = 50
"""One in so many is also answered by the plain definitions, and every part of the answer compared."""

WRONG = ("unrouted", "absent", "out of reach", "loops", "no right", "otherwise")


def run() -> list[Figure]:
    worlds = scaled(CASES / QUESTIONS, least=2)
    starts = range(0, worlds, WORLDS_A_TIME)
    wrong, steps, took = Counter[str](), Counter[int](), 0.0
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("spawn")) as pool:
        for found, stepped, seconds in pool.map(some, [range(at, min(at + WORLDS_A_TIME, worlds)) for at in starts]):
            wrong += found
            steps += stepped
            took += seconds
    cases = steps.total()
    must(cases == worlds * QUESTIONS, f"{cases} cases were answered, and not {worlds * QUESTIONS}")
    say(f"    {cases} cases; by step: " + ", ".join(f"{step}: {count}" for step, count in sorted(steps.items())))
    return [
        *(Figure("routing", name, wrong[name], "", 0) for name in WRONG),
        Figure("routing", "cases per s", round(cases / (took / PROCESSES)), "/s", 20_000, least=True),
    ]


def some(seeds: range) -> tuple[Counter[str], Counter[int], float]:
    """What is wrong in these worlds, how often each step answered, and the seconds that the rule took."""
    wrong, steps, took = Counter[str](), Counter[int](), 0.0
    for seed in seeds:
        maker = Maker(seed, people=12)
        questions = [maker.question() for _ in range(QUESTIONS)]
        given, seconds = timed(maker.given, questions)
        took += seconds
        plain = maker.given.plain
        for number, (question, answer) in enumerate(zip(questions, given, strict=True)):
            steps[answer.step] += 1
            wrong.update(name for name, holds in judged(plain, question, answer).items() if holds)
            if number % COMPARED_WHOLE == 0:
                wrong["otherwise"] += differs(plain, question, answer)
    return wrong, steps, took


def timed(given: Given, questions: list[Question]) -> tuple[list[Answer], float]:
    """The answers, and the seconds they took, the compiling of the plan and of its people among them."""
    began = time.perf_counter()
    plan = given.plan
    found = [answers(plan, it.patient, it.belongs_to, states=it.states, at=it.at, asked=it.asked) for it in questions]
    return found, time.perf_counter() - began


def judged(plain: World, question: Question, answer: Answer) -> dict[str, bool]:
    """What must not be, by the definitions of ANSWERING.md and without the rule's own code."""
    holder, at = answer.holder, answer.asked_at
    reasons = [one.person for one in answer.passed if one.reason != "already_asked"]
    loops = len(reasons) > len(set(reasons)) or holder in {one.person for one in answer.passed}
    if answer.step == 7:
        return {"unrouted": holder != FUNCTION, "loops": loops}
    state = question.states.get(holder, State())
    return {
        "unrouted": answer.step not in range(1, 7) or holder is None or holder == FUNCTION,
        "absent": bool(plain.absent(holder, at)),
        "out of reach": not plain.in_reach(holder, at),
        "loops": loops,
        "no right": not (state.channel and plain.may_answer(holder, question.patient, state, at)),
    }


def differs(plain: World, question: Question, answer: Answer) -> bool:
    passed = [(one.person, one.reason) for one in answer.passed]
    wanted = plain.answer(question.patient, question.belongs_to, question.states, question.at, question.asked)
    return (answer.asked_at, answer.holder, answer.step, passed) != wanted
