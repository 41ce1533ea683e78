"""The claims as a page: what holds on which data, with the paper's numbers and ours.

``python -m audio_to_body.tables.claims_page``, or ``make claims``.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.claims import (
    CLAIMS,
    FAILS,
    HOLDS,
    MARGIN,
    MISSING,
    OPEN,
    Claim,
    Judged,
    applies,
    joined,
    judge,
    paper_verdict,
)
from audio_to_body.tables.comparison import PARTS, Comparison, written
from audio_to_body.tables.intervals import Estimate
from audio_to_body.tables.random_sequence import SPREAD, STILL, noise_path, noise_share, read_noise
from audio_to_body.tables.results import RESULTS, TRAIN_FIRST, results_path

NOISE = "A random sequence shows no movement"
NOT_IN_TABLE = "–"
ONE_SEED = " One seed: *holds* and *fails* speak of these nets, not of others that began from other numbers."


@dataclass(frozen=True)
class Study:
    """A table on one kind of data.

    Attributes
    ----------
    name : str
        In words.
    table, data : str
        As results are named.
    """

    name: str
    table: str
    data: str


STUDIES = (
    Study("violin, virtual recitals", "table1", "virtual"),
    Study("piano, virtual recitals", "table2", "virtual"),
    Study("piano, human hands", "table2", "pianomime"),
)


@dataclass(frozen=True)
class Findings:
    """What a study says of the claims.

    Attributes
    ----------
    study : Study
    results : Comparison or None
        None where the table was not run.
    judged : dict of str to tuple of Judged
        By sentence; empty where the paper's table lacks the rows.
    noise : Estimate or None
        Energy on noise as a share of that on music.
    spread : Estimate or None
        Distance from the mean place on noise as a share of that on music.
    missing : tuple of str
        What was not run, a sentence each.
    """

    study: Study
    results: Comparison | None
    judged: dict[str, tuple[Judged, ...]]
    noise: Estimate | None
    spread: Estimate | None
    missing: tuple[str, ...]


def findings(study: Study, profile: str, folder: Path = RESULTS) -> Findings:
    """Read a study's results and judge every claim; what is missing is told, not raised."""
    missing = []
    noise = spread = None
    try:
        answers = read_noise(noise_path(study.table, study.data, profile, folder))
        noise, spread = noise_share(answers), noise_share(answers, SPREAD)
    except BadInput as refusal:
        missing.append(_told(refusal, folder))
    try:
        results = Comparison.read(study.table, results_path(study.table, study.data, profile, folder))
    except BadInput as refusal:
        return Findings(study, None, {}, noise, spread, (_told(refusal, folder), *missing))
    judged = {
        claim.sentence: tuple(judge(results, c) for c in claim.compared if applies(study.table, c))
        for claim in CLAIMS
    }
    reasons = (one.reason for several in judged.values() for one in several if one.reason)
    return Findings(study, results, judged, noise, spread, (*missing, *dict.fromkeys(reasons)))


def _told(refusal: BadInput, folder: Path) -> str:
    """A refusal in a table's words: without the folder, which is another on every machine."""
    name, of_another_form, _ = str(refusal).replace(f"{folder}/", "").partition(" is not such a file")
    return f"{name} was made by an earlier version; {TRAIN_FIRST}" if of_another_form else name


def _verdict_of_noise(found: Findings) -> str:
    share = found.noise
    if share is None:
        return MISSING
    if not share.told:
        return OPEN
    return HOLDS if share.high < STILL else FAILS if share.low > STILL else OPEN


def _verdict(found: Findings, claim: Claim) -> str:
    if found.results is None:
        return MISSING
    judged = found.judged[claim.sentence]
    if not judged:
        return NOT_IN_TABLE
    verdicts = [one.verdict for one in judged]
    counts = Counter(verdicts)
    whole = joined(verdicts)
    if len(counts) == 1:
        return f"**{whole}**"
    parts = ", ".join(f"{counts[v]} {v}" for v in (HOLDS, FAILS, OPEN, MISSING) if counts[v])
    return f"**{whole}** ({parts})"


def _paper(claim: Claim, table: str, everything: Sequence[Findings]) -> str:
    """Whether the paper's own table goes along with its sentence."""
    for found in everything:
        if found.study.table == table and found.judged.get(claim.sentence):
            verdicts = [v for v in map(paper_verdict, found.judged[claim.sentence]) if v]
            agree = sum(v == HOLDS for v in verdicts)
            return f"{agree} of {len(verdicts)}"
    return NOT_IN_TABLE


def _seeds(found: Findings) -> int:
    """With how many seeds the nets were trained; 0 where the table was not run."""
    return 0 if found.results is None else len({r.seed for r in found.results.results if r.epochs})


def _heading(found: Findings) -> str:
    """A study's name, and that it has one seed, where it has."""
    return f"{found.study.name} (one seed)" if _seeds(found) == 1 else found.study.name


def _summary(everything: Sequence[Findings]) -> list[str]:
    tables = ("table1", "table2")
    heads = ["Claim", "said in", "Table 1 agrees", "Table 2 agrees", *map(_heading, everything)]
    lines = [f"| {' | '.join(heads)} |", "|---|---|" + ":---:|" * (len(heads) - 2)]
    for claim in CLAIMS:
        cells = [claim.sentence, claim.source, *(_paper(claim, table, everything) for table in tables)]
        lines.append(f"| {' | '.join([*cells, *(_verdict(f, claim) for f in everything)])} |")
    noise = [f"**{_verdict_of_noise(f)}**" + (f" ({f.noise.mean:.0%})" if f.noise else "") for f in everything]
    lines.append(f"| {' | '.join([NOISE, 'Sec. 6, Fig. 7', NOT_IN_TABLE, NOT_IN_TABLE, *noise])} |")
    return lines


def _detail(found: Findings) -> list[str]:
    if found.results is None:
        return ["Not run."]
    lines = [
        "| Claim | held against each other | column | paper | ours: difference, px | verdict |",
        "|---|---|---|---:|---:|---|",
    ]
    for claim in CLAIMS[:-1]:  # the last repeats every row; the table itself shows them
        for number, one in enumerate(found.judged[claim.sentence]):
            paper = (
                f"{one.paper[0]:.2f} – {one.paper[1]:.2f} = {one.paper[0] - one.paper[1]:+.2f}" if one.paper else ""
            )
            column = one.compared.part.replace("_all", ", all frames")
            ours = written(one.ours) if one.ours else "not run"
            rows = f"{one.compared.row} – {one.compared.other}"
            sentence = "" if number else claim.sentence
            lines.append(f"| {sentence} | {rows} | {column} | {paper} | {ours} | {one.verdict} |")
    for what, share in (("energy", found.noise), ("distance from the mean place", found.spread)):
        if share is not None:
            told = f" [{share.low:.0%}, {share.high:.0%}]" if share.told else ""
            verdict = _verdict_of_noise(found) if share is found.noise else ""
            lines.append(f"| {NOISE} | noise : music | {what} | | {share.mean:.0%}{told} | {verdict} |")
    return lines


def _about(found: Findings) -> str:
    results = found.results
    if results is None:
        return ""
    nets = [r for r in results.results if r.epochs]
    updates = sorted({r.updates for r in nets})
    told = f"{updates[0]:,}" if len(updates) == 1 else f"{updates[0]:,} to {updates[-1]:,}"
    seeds = _seeds(found)
    players = len({p.player for p in results.players})
    judged = [r for r in nets if math.isfinite(r.valid_slope)]
    still = sum(not r.flat for r in judged)
    flat = f"; validation was still falling at the end of {still} of {len(judged)} trainings" if judged else ""
    return (
        f"{len(nets)} trainings of {told} updates, {seeds} seed{'s' * (seeds > 1)}, "
        f"{players or 'no single'} test player{'s' * (players != 1)}{flat}."
        f"{ONE_SEED if seeds == 1 else ''}"
    )


def _orders(everything: Sequence[Findings]) -> list[str]:
    lines = [
        "| | rows | " + " | ".join(part.capitalize() for part in PARTS) + " |",
        "|---|---:|" + "---:|" * len(PARTS),
    ]
    for found in everything:
        if found.results is None:
            continue
        orders = [found.results.order(part) for part in PARTS]
        cells = [f"{written(o.correlation).rstrip('*')}, p {o.chance:.2f}" if o else NOT_IN_TABLE for o in orders]
        rows = " to ".join(map(str, sorted({o.rows for o in orders if o})))
        lines.append(f"| {found.study.name} | {rows} | {' | '.join(cells)} |")
    return lines


def page(profile: str, folder: Path = RESULTS) -> tuple[str, list[str]]:
    """The claims as Markdown, and what was not run, a sentence each."""
    everything = [findings(study, profile, folder) for study in STUDIES]
    missing = [f"{found.study.name}: {reason}" for found in everything for reason in found.missing]
    body = [
        f"**What the paper says of its tables, held against ours ({profile} profile).** *Holds* and *fails*: the "
        "95 % interval over players and seeds leaves 0 out, on the side that the sentence names or on the other. *No "
        f"better* holds where every gain above {MARGIN:.0%} of the error is left out, and *no movement* where the "
        f"energy lies below {STILL:.0%} of that to music. A sentence of several comparisons holds where all hold and "
        "fails where one fails. *Agrees*: how many of the comparisons go the sentence's way in the paper's own "
        "numbers.",
        "",
        *_summary(everything),
    ]
    for found in everything:
        body += [
            "",
            f"**{found.study.name[0].upper()}{found.study.name[1:]}.** {_about(found)}".rstrip(),
            "",
            *_detail(found),
        ]
    body += [
        "",
        "**Order of the rows.** Spearman's correlation with the paper's order, its middle 95 % when players and "
        "seeds are drawn anew, and p: how often a random order agrees as well.",
        "",
        *_orders(everything),
    ]
    if missing:
        body += ["", "**Not run:**", "", *(f"- {reason}" for reason in missing)]
    return "\n".join(body) + "\n", missing


def main(arguments: list[str]) -> int:
    """Print and write the page; 0 also where something was not run, which the page names."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.tables.claims_page", description=__doc__)
    flags.add_argument("--profile", default="default", help="of the tables' results")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results, and of the page")
    chosen = flags.parse_args(arguments)
    if not chosen.results.is_dir():
        raise BadInput(f"{chosen.results} is no folder of results; {TRAIN_FIRST}")
    text, missing = page(chosen.profile, chosen.results)
    path = chosen.results / f"claims-{chosen.profile}.md"
    write_text(path, text)
    print(text)
    for reason in missing:
        print(f"not run: {reason}", file=sys.stderr)
    print(f"written: {path}")
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
