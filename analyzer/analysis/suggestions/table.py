"""Proposals for the terminal: a table, what speaks against each, and the YAML to paste."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from analyzer.analysis.calibration.table import flips_summary
from analyzer.analysis.suggestions.corrections import Correction, group_name
from analyzer.analysis.suggestions.proposals import Proposal, Suggestions

_COLUMNS = (
    "heard: near misses with these words; said: of them labelled so; now and then: similarity without and with the "
    "variant; bar: from which it counts."
)
_FLIP_ORDER = ("wrong", "not labelled", "still not right", "right")
_MAX_FLIPS = 5  # named of a variant's changes; --json holds them all
_STYLES = {"add": "green", "weigh": "yellow", "leave": "dim"}


def suggestions_table(result: Suggestions) -> RenderableType:
    """Everything but the YAML lines."""
    parts: list[RenderableType] = [Text(_head(result))]
    if result.proposals:
        parts += [_overview(result), Text(_COLUMNS, style="dim")]
        parts += [_detail(number, item) for number, item in enumerate(result.proposals, 1)]
    parts += [_correction(number, item) for number, item in enumerate(result.corrections, len(result.proposals) + 1)]
    if result.left_off:
        parts.append(Text(f"{result.left_off} more wordings, heard less often, are not shown: raise --limit."))
    if result.unheard:
        some = ", ".join(f"{item.call_id} {item.step}" for item in result.unheard[:5])
        parts.append(
            Text(
                f"Said according to the labels, but nothing like it was recognised: {len(result.unheard)}. "
                f"Listen to {some}."
            )
        )
    parts += [Text(f"Warning: {note}", style="yellow") for note in result.warnings]
    return Group(*parts)


def _correction(number: int, item: Correction) -> Text:
    what = f"“{item.word}” in its sentence forbids it" if item.word else "nothing to propose"
    text = Text(f"{number}. {item.kind}, {item.target}: {what} ({item.times} times; ", style="bold")
    text.append(item.advice, style=_STYLES[item.advice]).append(")\n")
    return _evidence(text, item)


def yaml_lines(result: Suggestions) -> str:
    """What to paste under `wording:` of each step; empty when nothing is worth adding."""
    lines: list[str] = []
    worth = [item for item in result.proposals if item.advice != "leave"]
    for step in dict.fromkeys(item.step for item in worth):
        of_step = [item for item in worth if item.step == step]
        lines.append(f"# {step}: add under `wording:`")
        lines.append("      phrases:")
        lines += [f'        - "{item.text}"  # {_why(item)}' for item in of_step]
        lines.append("      must_match:")
        lines += [f"        - {item.text}" for item in of_step]
    corrections = [item for item in result.corrections if item.advice != "leave"]
    for target in dict.fromkeys(item.target for item in corrections):
        of_target = [item for item in corrections if item.target == target]
        name = group_name(target)
        lines.append(f"# {target}: add under `groups:`, and name the group in `must_not` and `absent_in_sentence`")
        lines.append(f"  {name}:")
        lines += [f"    - {item.word}  # {item.advice}: {_calls(item.calls)}" for item in of_target]
        lines.append(f"# {target}: add under `wording:`")
        lines.append("      must_not_match:")
        lines += [f"        - {text}" for item in of_target for text in item.must_not_match]
    return "".join(f"{line}\n" for line in lines)


def _head(result: Suggestions) -> str:
    head = f"{result.near_misses} near misses in {result.reports} results."
    if result.by_place:
        head += f" Not counted: {result.by_place} heard well, but in a place where they do not count."
    if result.contradicted:
        head += f" Not proposed: {result.contradicted} labelled missed."
    if result.personal:
        head += f" Left out: {result.personal} that hold personal values or no words of their own."
    if result.corrections:
        head += f" Corrected by people: {sum(item.times for item in result.corrections)}."
    return head if result.proposals or result.corrections else f"{head} Nothing to propose."


def _overview(result: Suggestions) -> Table:
    table = Table(title="Proposed variants", title_justify="left", padding=(0, 0, 0, 1))
    table.add_column("", justify="right")
    table.add_column("step", no_wrap=True)
    table.add_column("variant", overflow="fold")
    for name in ("heard", "said", "now", "then", "bar"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("advice", no_wrap=True)
    for number, item in enumerate(result.proposals, 1):
        then = "-" if item.would_reach is None else f"{item.would_reach:.0f}"
        numbers = (f"{item.times}", f"{item.labelled_said}", f"{item.similarity:.0f}", then, f"{item.accept:.0f}")
        advice = Text(item.advice, style=_STYLES[item.advice])
        table.add_row(str(number), item.step, Text(f"“{item.text}”"), *numbers, advice)
    return table


def _detail(number: int, item: Proposal) -> Text:
    return _evidence(Text(f"{number}. {item.step}: “{item.text}”\n", style="bold"), item)


def _evidence(text: Text, item: Proposal | Correction) -> Text:
    """The heading, then quotes, what speaks against it, and what changes."""
    for quote in item.quotes:
        text.append(f"   {quote.call_id} at {quote.start:.1f} s: “{quote.heard}”\n", style="not bold")
    for problem in item.problems:
        text.append(f"   against: {problem}\n", style="not bold yellow")
    if item.flips is not None:
        text.append(f"   {_flips(item)}\n", style="not bold")
    text.right_crop(1)  # the last line feed
    return text


def _flips(item: Proposal | Correction) -> str:
    """Counts by the labels; then the changes, wrong ones first, since a person must see them."""
    flips = item.flips or ()
    if not flips:
        return "would change no finding of the transcripts given"
    ordered = sorted(flips, key=lambda flip: _FLIP_ORDER.index(flip.judged))
    shown = [f"{flip.call_id} {flip.step} {flip.before} to {flip.after} ({flip.judged})" for flip in ordered]
    more = f" and {len(shown) - _MAX_FLIPS} more" if len(shown) > _MAX_FLIPS else ""
    return f"{flips_summary(flips)} {', '.join(shown[:_MAX_FLIPS])}{more}"


def _why(item: Proposal) -> str:
    calls = f"weigh: {_calls(item.calls)}" if item.advice == "weigh" else _calls(item.calls)
    reach = "" if item.would_reach is None else f", {item.similarity:.0f} before, {item.would_reach:.0f} with it"
    return f"{calls}{reach}"


def _calls(count: int) -> str:
    return "1 call" if count == 1 else f"{count} calls"
