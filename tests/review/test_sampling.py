"""How many calls of each agent to review, and which: figures calculated by hand, and properties of any plan."""


from hypothesis import given
from hypothesis import strategies as st

from analyzer.review.sampling import EligibleCall, SamplingGoal, sampling_plan
from tests.examples import examples

WIDTH = SamplingGoal(kind="width", width=0.1)
CATCH = SamplingGoal(kind="catch", failing=0.125, chance=0.95)


def eligible(agent: str, count: int, reviewed: int = 0, urgent: int = 0) -> list[EligibleCall]:
    return [
        EligibleCall(
            call=f"{agent}-{n:04}", agent=agent, reviewed=n < reviewed,
            urgency=(2, float(-n)) if n >= count - urgent else None,
        )
        for n in range(count)
    ]  # fmt: skip


def test_reviewed_calls_are_counted_and_never_asked_for_again():
    before = sampling_plan(eligible("Dewi", 200), WIDTH, seed="s", risk_calls=2).agents[0]
    done = set(before.random[:30])
    known = [c.model_copy(update={"reviewed": c.call in done}) for c in eligible("Dewi", 200)]
    after = sampling_plan(known, WIDTH, seed="s", risk_calls=2).agents[0]
    assert (after.needed, after.reviewed) == (before.needed, 30)
    assert after.random == before.random[30:]


def test_risky_calls_come_by_urgency_beside_the_random_ones_and_those_reviewed_count():
    calls = eligible("Dewi", 300, urgent=20)
    agent_plan = sampling_plan(calls, CATCH, seed="s", risk_calls=3).agents[0]
    sample = set(agent_plan.random)
    urgent = sorted((c for c in calls if c.urgency and c.call not in sample), key=lambda c: (c.urgency or (), c.call))
    assert list(agent_plan.risk) == [c.call for c in urgent[:3]]
    listened = {urgent[0].call, urgent[1].call}
    later = [c.model_copy(update={"reviewed": c.call in listened}) for c in calls]
    assert list(sampling_plan(later, CATCH, seed="s", risk_calls=3).agents[0].risk) == [urgent[2].call]


def test_more_calls_keep_what_was_drawn_from_the_first():
    first = sampling_plan(eligible("Dewi", 400), CATCH, seed="s", risk_calls=0).agents[0]
    more = sampling_plan(eligible("Dewi", 420), CATCH, seed="s", risk_calls=0).agents[0]
    assert len(set(first.random) & set(more.random)) >= len(first.random) - 5


def test_all_calls_of_an_agent_with_few_are_drawn_and_calls_without_agent_are_counted():
    calls = [*eligible("Dewi", 4), EligibleCall(call="x", agent=None, reviewed=False, urgency=None)]
    made = sampling_plan(calls, WIDTH, seed="s", risk_calls=2)
    (agent_plan,) = made.agents
    assert (agent_plan.needed, sorted(agent_plan.random), agent_plan.risk, agent_plan.margin_of_error) == (
        4,
        [c.call for c in calls[:4]],
        (),
        0.0,
    )
    assert made.unknown == 1


@st.composite
def populations(draw: st.DrawFn) -> list[EligibleCall]:
    sizes = draw(st.dictionaries(st.sampled_from("ABCD"), st.integers(1, 120), max_size=4))
    return [
        call
        for agent, count in sizes.items()
        for call in eligible(agent, count, draw(st.integers(0, count)), draw(st.integers(0, count)))
    ]


@given(populations(), st.sampled_from([WIDTH, CATCH]), st.text(max_size=5), st.integers(0, 5), st.randoms())
@examples(100)
def test_any_plan_is_reproducible_without_duplicates_and_reaches_its_goal(
    calls: list[EligibleCall], goal: SamplingGoal, seed: str, risk: int, chance
):
    made = sampling_plan(calls, goal, seed=seed, risk_calls=risk)
    mixed = list(calls)
    chance.shuffle(mixed)
    assert sampling_plan(mixed, goal, seed=seed, risk_calls=risk) == made
    by_call = {call.call: call for call in calls}
    asked = [call for agent_plan in made.agents for call in (*agent_plan.random, *agent_plan.risk)]
    assert len(asked) == len(set(asked))
    for agent_plan in made.agents:
        assert all(by_call[call].agent == agent_plan.agent for call in (*agent_plan.random, *agent_plan.risk))
        assert not any(by_call[call].reviewed for call in (*agent_plan.random, *agent_plan.risk))
        assert len(agent_plan.random) + agent_plan.reviewed == agent_plan.needed <= agent_plan.population
        assert len(agent_plan.risk) <= risk
        if goal.kind == "width":
            assert agent_plan.margin_of_error <= goal.width
        else:
            assert agent_plan.miss_probability <= 1 - goal.chance + 1e-4


def test_another_seed_draws_other_calls():
    calls = eligible("Dewi", 500)
    first, second = (sampling_plan(calls, CATCH, seed=seed, risk_calls=0).agents[0].random for seed in ("june", "july"))
    assert len(set(first) & set(second)) < len(first) / 2
