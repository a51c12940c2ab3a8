from pathlib import Path

from analyzer.analysis.calibration.rejudge import match_call
from analyzer.analysis.calibration.thresholds import Calibration, CalibrationSettings, Goal, calibrate
from analyzer.analysis.labels import CallLabels
from analyzer.bank.load import load_bank
from analyzer.matching.matcher import Matcher
from tests.analysis.calibration.small import small_bank, spoken

STEP = "postcode_request"
SAID_WELL = "a: kindly tell me your postcode for delivery"  # similarity 100
SAID_BADLY = "a: tell me your postcode for delivery"  # 83, below the small bank's bar of 90
NEARLY = "a: kindly give me your postcode"  # 54, taken as not the question in these labels


def calibrated(folder: Path, well: int, badly: int, nearly: int, **settings: object) -> Calibration:
    """So many calls of each kind; the first two are labelled met, the last missed."""
    bank = load_bank(small_bank(folder))
    matcher = Matcher(bank)
    kinds = [(SAID_WELL, "met", well), (SAID_BADLY, "met", badly), (NEARLY, "missed", nearly)]
    calls, labels = [], {}
    for kind, (line, label, count) in enumerate(kinds):
        for at in range(count):
            call_id = f"{kind}-{at:02}"
            calls.append(match_call(call_id, spoken(line, "c: all right"), matcher))
            labels[call_id] = CallLabels.model_validate({"call_id": call_id, "steps": {STEP: label}})
    return calibrate(calls, labels, bank, CalibrationSettings.model_validate(settings))


def test_a_bar_between_said_and_not_said_is_proposed_with_its_held_out_errors(tmp_path: Path):
    result = calibrated(tmp_path, well=10, badly=15, nearly=20)
    step = result.steps[0]
    assert (step.step, step.said, step.not_said, step.current, step.proposed) == (STEP, 25, 20, 90, 69)
    assert (step.now.misses.hits, step.now.misses.of) == (15, 25)
    assert (step.held_out.misses.hits, step.held_out.false_alarms.hits, step.held_out.false_alarms.of) == (0, 0, 20)
    assert step.held_out.false_alarms.high == 0.1611  # Wilson, 0 of 20
    assert set(step.fold_bars) == {69}
    assert result.changes() == {STEP: 69}


def test_what_would_change_names_call_step_statuses_and_words(tmp_path: Path):
    result = calibrated(tmp_path, well=14, badly=6, nearly=20)
    assert [flip.call_id for flip in result.flips] == [f"1-0{at}" for at in range(6)]
    flip = result.flips[0]
    assert (flip.call_id, flip.step, flip.before, flip.after, flip.label) == ("1-00", STEP, "unsure", "met", "met")
    assert (flip.judged, flip.heard, flip.start) == ("right", "tell me your postcode for delivery", 0.5)


def test_too_few_labels_of_either_kind_keep_the_bar_and_say_so(tmp_path: Path):
    step = calibrated(tmp_path, well=10, badly=15, nearly=19).steps[0]
    assert (step.proposed, step.held_out) == (90, step.now)
    assert step.note == "kept: 25 calls labelled said and 19 missed; 20 of each are needed"
    assert calibrated(tmp_path, well=10, badly=15, nearly=19, least_labels=19).steps[0].proposed == 69


def test_a_step_without_labels_is_kept(tmp_path: Path):
    hours = calibrated(tmp_path, well=20, badly=0, nearly=20).steps[1]
    assert (hours.step, hours.said, hours.not_said, hours.proposed) == ("hours_notice", 0, 0, 75)
    assert hours.now.misses.value is None


def test_a_bar_that_serves_only_the_call_it_was_chosen_on_is_not_proposed(tmp_path: Path):
    step = calibrated(tmp_path, well=20, badly=1, nearly=20).steps[0]
    assert step.proposed == 90
    assert step.note == "kept: 69 serves the goal on the labels it was chosen on, but not on held-out calls"


def test_a_rate_that_no_bar_reaches_is_said_to_be_out_of_reach(tmp_path: Path):
    bank = load_bank(small_bank(tmp_path))
    matcher = Matcher(bank)
    calls = [match_call(f"x{at}", spoken("a: good morning", "c: hello"), matcher) for at in range(20)]
    labels = {c.call_id: CallLabels.model_validate({"call_id": c.call_id, "steps": {STEP: "met"}}) for c in calls}
    labels["n"] = CallLabels.model_validate({"call_id": "n", "steps": {STEP: "missed"}})
    settings = CalibrationSettings(goal=Goal(kind="miss_rate", rate=0.1), least_labels=1)
    lost = calibrate([*calls, match_call("n", spoken(NEARLY), matcher)], labels, bank, settings).steps[0]
    assert lost.proposed == 90
    assert lost.note is not None
    assert "no bar reaches the wanted miss rate of 10.0%" in lost.note


def test_readings_of_one_call_are_one_call_for_the_label_count_and_are_warned_about(tmp_path: Path):
    bank = load_bank(small_bank(tmp_path))
    matcher = Matcher(bank)
    calls = [match_call("one", spoken(SAID_BADLY), matcher) for _ in range(30)]
    calls += [match_call("two", spoken(NEARLY), matcher) for _ in range(30)]
    labels = {
        name: CallLabels.model_validate({"call_id": name, "steps": {STEP: status}})
        for name, status in (("one", "met"), ("two", "missed"), ("three", "met"))
    }
    result = calibrate(calls, labels, bank, CalibrationSettings())
    assert result.changes() == {}
    assert "58 transcripts are further readings" in result.warnings[0]
    assert result.without_transcript == ("three",)


def test_the_same_calls_in_another_order_give_the_same_bars(tmp_path: Path):
    bank = load_bank(small_bank(tmp_path))
    matcher = Matcher(bank)
    lines = [SAID_WELL, SAID_BADLY, NEARLY] * 20
    calls = [match_call(f"c{at}", spoken(line), matcher) for at, line in enumerate(lines)]
    labels = {
        call.call_id: CallLabels.model_validate({"call_id": call.call_id, "steps": {STEP: status}})
        for call, status in zip(calls, ["met", "met", "missed"] * 20, strict=True)
    }
    first = calibrate(calls, labels, bank, CalibrationSettings())
    second = calibrate(calls[::-1], labels, bank, CalibrationSettings())
    assert first.steps == second.steps
