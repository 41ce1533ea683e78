import numpy as np
import pytest
from audio_to_body.inference.violin.bow_planner import FASTEST, PLAN, BowPlanner, Memory, PlannerSettings
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.skeleton.violin_targets import LOWEST, TARGET_NAMES, column, columns
from hypothesis import given, settings
from hypothesis import strategies as st

RATE = 96.0
OPEN = (55, 62, 69, 76)


def heard(notes, seconds, speed=0.8, seed=None):
    """Targets of notes (begin s, end s, pitch, begins a stroke), as a net would give them; noisy with a seed."""
    table = np.zeros((round(seconds * RATE), len(TARGET_NAMES)), np.float32)
    times = np.arange(len(table)) / RATE
    table[:, column("place")] = 2.0
    for begin, end, pitch, stroke in notes:
        pulse = np.exp(-0.5 * ((times - begin) / 0.022) ** 2)
        for name in ("note", "stroke") if stroke else ("note",):
            table[:, column(name)] = np.maximum(table[:, column(name)], pulse)
        own = (times >= begin) & (times < end)
        table[own, column("sounding")] = 1.0
        table[own, column("speed")] = speed
        table[own, columns("pitch")[0] + pitch - LOWEST] = 1.0
        string = max(i for i, base in enumerate(OPEN) if base <= pitch)
        table[own, columns("string")[0] + string] = 1.0
    if seed is not None:
        table += 0.08 * np.random.default_rng(seed).normal(size=table.shape)
    return table.astype(np.float32)


def scale(count=24, length=0.4, start=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return [(start + i * length, start + (i + 1) * length, int(rng.integers(55, 85)), True) for i in range(count)]


def planned(table, options=None, chunks=None):
    """The plan as a dict of columns, moved back to the moments it shows."""
    settings_ = options or PlannerSettings()
    planner = BowPlanner(settings_, RATE)
    memory, past = Memory(), np.zeros((planner.kept, len(TARGET_NAMES)), np.float32)
    padded = np.concatenate([table, np.zeros((settings_.look_ahead, table.shape[1]), np.float32)])
    parts, first = [], 0
    for size in [*(chunks or []), len(padded)]:
        piece = padded[first : first + size]
        plan, past = planner.plan(piece, memory, past)
        memory = Memory.unpacked(memory.packed())
        parts.append(plan)
        first += len(piece)
    whole = np.concatenate(parts)[settings_.look_ahead :]
    return {name: whole[:, i] for i, name in enumerate(PLAN)}


def test_strokes_alternate_at_the_notes_and_begin_down_bow():
    notes = scale()
    plan = planned(heard(notes, 12.0))
    for i, (begin, end, _, _) in enumerate(notes):
        middle = plan["speed"][round((begin + 0.3 * (end - begin)) * RATE) : round((end - 0.1) * RATE)]
        assert np.all(np.sign(middle) == (1 if i % 2 == 0 else -1)), f"note {i}"
        turn = round(begin * RATE)
        assert plan["stroke"][turn - 1 : turn + 2].sum() == 1


def test_a_slur_is_one_stroke():
    notes = [(1.0 + 0.3 * i, 1.3 + 0.3 * i, 70 + i, i % 3 == 0) for i in range(9)]
    plan = planned(heard(notes, 5.0))
    assert plan["stroke"].sum() == 3
    sign = np.sign(plan["speed"][round(1.1 * RATE) : round(1.85 * RATE)])
    assert np.all(sign == 1)


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 1000),
    speed=st.floats(0.0, 3.0),
    length=st.floats(0.09, 3.0),
    amplitude=st.floats(0.2, 3.0),
)
def test_the_bow_never_leaves_its_hair_nor_jumps(seed, speed, length, amplitude):
    notes = scale(count=max(2, int(8 / length)), length=length, seed=seed)
    plan = planned(heard(notes, notes[-1][1] + 2.0, speed, seed), PlannerSettings(amplitude=amplitude))
    assert plan["position"].min() >= 0.0
    assert plan["position"].max() <= 1.0
    assert np.abs(plan["speed"]).max() <= FASTEST + 1e-9
    # lifted and set anew it may go a little faster, but never jumps
    assert np.abs(np.diff(plan["position"])).max() * RATE < 6.0
    for name in ("string", "place", "lift", "level"):
        assert np.isfinite(plan[name]).all()
        assert np.abs(np.diff(plan[name])).max() * RATE <= 40.0 + 1e-6


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1000), chunks=st.lists(st.integers(1, 150), max_size=12))
def test_any_chunking_gives_the_same_plan(seed, chunks):
    table = heard(scale(seed=seed, length=0.23), 8.0, seed=seed)
    whole, pieces = planned(table), planned(table, chunks=chunks)
    for name in PLAN:
        np.testing.assert_array_equal(whole[name], pieces[name])


def test_the_plan_does_not_depend_on_what_comes_after_the_look_ahead():
    table = heard(scale(), 12.0)
    other = table.copy()
    cut = 500
    other[cut:] = 0.0
    options = PlannerSettings()
    one, two = planned(table, options), planned(other, options)
    safe = cut - options.look_ahead
    np.testing.assert_array_equal(one["position"][:safe], two["position"][:safe])
    assert np.abs(one["position"][cut:] - two["position"][cut:]).max() > 0.01


def test_rests_lift_the_bow_and_the_next_stroke_is_down_from_near_the_frog():
    first = scale(count=5, start=1.0)
    again = 1.0 + 5 * 0.4 + 4.0
    plan = planned(heard([*first, *scale(count=3, start=again)], again + 3.0))
    middle = slice(round((again - 2.5) * RATE), round((again - 0.6) * RATE))
    assert np.all(plan["speed"][middle] == 0)
    assert plan["lift"][round((again - 0.8) * RATE)] > 0.6
    entry = round(again * RATE)
    assert plan["lift"][entry + 1] == 0.0
    assert plan["position"][entry] == pytest.approx(PlannerSettings().start, abs=0.03)
    assert plan["speed"][entry + 10] > 0
    assert plan["lift"][round(2.0 * RATE)] == 0.0


def test_silence_moves_nothing():
    plan = planned(np.zeros((600, len(TARGET_NAMES)), np.float32))
    assert plan["speed"].any() == False  # noqa: E712
    assert np.ptp(plan["position"]) < 0.1
    assert plan["lift"][-1] == pytest.approx(1.0)


def test_strings_and_fingers_are_ready_when_the_note_sounds():
    notes = [(1.0, 1.5, 57, True), (1.5, 2.0, 79, True), (2.0, 2.5, 71, True), (2.5, 3.0, 62, True)]
    plan = planned(heard(notes, 4.0))
    for begin, string, stop in ((1.0, 0, 2), (1.5, 3, 3), (2.0, 2, 2), (2.5, 1, 0)):
        at = round((begin + 0.02) * RATE)
        assert plan["string"][at] == pytest.approx(string, abs=0.25)
        assert plan["stop"][at + 1] == stop
        if stop:
            down = [plan[f"down_{f}"][at + 3] for f in range(1, 5)]
            finger = int(np.argmax(down)) + 1
            assert max(down) > 0.9
            assert plan[f"reach_{finger}"][at + 3] == pytest.approx(stop, abs=0.3)


def test_a_long_note_changes_the_bow_instead_of_running_out():
    plan = planned(heard([(1.0, 9.0, 69, True)], 10.0))
    assert plan["stroke"].sum() >= 3
    moving = np.abs(plan["speed"][round(1.2 * RATE) : round(8.8 * RATE)]) > 0.05
    assert moving.mean() > 0.85


def test_amplitude_and_smoothness_do_what_they_say():
    table = heard(scale(), 12.0)
    small, large = (np.abs(planned(table, PlannerSettings(amplitude=a))["speed"]).mean() for a in (0.5, 1.0))
    assert 0.4 < small / large < 0.6
    sharp, soft = (np.abs(np.diff(planned(table, PlannerSettings(smoothness=s))["speed"])).max() for s in (0.6, 3.0))
    assert soft < 0.6 * sharp


def test_impossible_settings_are_refused():
    for bad in ({"look_ahead": 3}, {"amplitude": -1}, {"speed_gain": "much"}, {"centre": float("nan")}):
        with pytest.raises(BadInput, match="impossible settings"):
            PlannerSettings.from_dict(bad)
    assert PlannerSettings.from_dict({"amplitude": "0.5", "unknown": 3}).amplitude == 0.5


def test_a_wavering_speed_is_played_as_a_steady_stroke():
    table = heard([(1.0, 1.6, 69, True), (1.6, 2.2, 71, True)], 4.0, speed=1.0)
    wavering = table.copy()
    times = np.arange(len(table)) / RATE
    wavering[:, column("speed")] *= (1 + 0.3 * np.sin(2 * np.pi * 9 * times)).astype(np.float32)
    inside = slice(round(1.1 * RATE), round(1.5 * RATE))
    # the pull towards the bow's middle changes the speed along the stroke by itself: compare with the steady one
    rough = planned(wavering)["speed"][inside] / planned(table)["speed"][inside]
    assert np.ptp(rough) < 0.3 * np.ptp(wavering[inside, column("speed")])
