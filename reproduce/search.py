"""Search for a net's settings as the paper did (Sec. 6), and hold what is found against the paper's caption.

``python -m audio_to_body.reproduce.search table1``, or ``make search TABLE=table1``. Interrupted, it goes on at the
trial and epoch where it stopped; with more trials it goes on where it ended.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio_to_body.models.settings import Settings
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.schedulers import LOCAL
from audio_to_body.reproduce.budget import EQUAL, budget_of
from audio_to_body.reproduce.data import data_name, described, open_data, run_folder
from audio_to_body.reproduce.experiment import TABLES
from audio_to_body.reproduce.profiles import profile_named
from audio_to_body.reproduce.rows import NET
from audio_to_body.reproduce.runner import CHECKPOINTS, RUNS, RowTask, run_table
from audio_to_body.reproduce.search_picture import importances, search_picture
from audio_to_body.reproduce.search_space import SPACE, said, with_parameters
from audio_to_body.reproduce.search_trials import TRAINED, in_state, last_looks, open_study, run_trials
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.program import at_least_one
from audio_to_body.skeleton.refusal import BadInput, run_command
from audio_to_body.tables.comparison import FINAL, PARTS, Comparison, written
from audio_to_body.tables.results import RESULTS, csv_text

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import FrozenTrial

FOUND = "Found by the search"
PICTURES = Path("docs/images")
BEST_FEW = 5  # whose ranges are shown beside the best
COLUMNS = ("trial", "state", "valid", "train", "test", "share_trained", *(d.name for d in SPACE))


@dataclass(frozen=True)
class Search:
    """A search and where it is done.

    Attributes
    ----------
    table, data, profile : str
    folder : Path
    dataset : Dataset
    caption : Settings
        The paper's final setting with the budget of a row.
    budget : str
        In words.
    """

    table: str
    data: str
    profile: str
    folder: Path
    dataset: Dataset
    caption: Settings
    budget: str

    @property
    def name(self) -> str:
        """As files are named."""
        return f"search-{run_folder(self.table, self.data, self.profile)}"


@dataclass(frozen=True)
class Held:
    """What was found beside the paper's caption.

    Attributes
    ----------
    anew : Comparison
        Both, trained with seeds that the search did not use.
    caption : float
        Validation error of the paper's setting with the search's own seed, px.
    """

    anew: Comparison
    caption: float


def prepared_search(table: str, data: str, profile: str, updates: str = EQUAL) -> Search:
    """Open or make the data; raises :class:`BadInput` for unknown data, profile or number of updates."""
    size, final = profile_named(profile), TABLES[table].final
    dataset = open_data(data, final.instrument, size)
    budget = budget_of(size, final, dataset, updates)
    row = next(row for row in TABLES[table].rows if row.name == FINAL)
    # the search looks at validation: its trials keep the net of the last look, as the table's rows do
    caption = TABLES[table].settings(row, budget, 0)
    folder = RUNS / f"search-{run_folder(table, data, profile)}"
    return Search(table, data_name(data), profile, folder, dataset, caption, budget.described)


def best_trials(study: Study) -> list[FrozenTrial]:
    """Trials that were trained to the end, best first."""
    return sorted(in_state(study, "COMPLETE"), key=lambda trial: trial.value or 0.0)


def held_against(
    search: Search, study: Study, seeds: int, scheduler: str, workers: int | None
) -> tuple[Held | None, list[str]]:
    """Train what was found and the paper's setting with seeds that the search did not use.

    The best of many trials looks better than it is; other seeds (and with them other validation blocks) and the test
    players, which the search never looked at, tell.

    Returns
    -------
    Held or None
        None where there is nothing to train, or too much of it failed.
    list of str
        What failed, a sentence each.
    """
    best = best_trials(study)
    if not best or seeds < 1:
        return None, []
    settings = {FOUND: with_parameters(best[0].params, search.caption), FINAL: search.caption}
    names = {FOUND: f"trial-{best[0].number:04d}-anew", FINAL: "caption"}
    wanted = [(row, seed) for row in settings for seed in range(1, seeds + 1)] + [(FINAL, search.caption.seed)]
    tasks = [
        RowTask(
            row=row,
            kind=NET,
            dataset=str(search.dataset.folder.resolve()),
            settings=replace(settings[row], seed=seed),
            folder=str((search.folder / f"{names[row]}-seed{seed}").resolve()),
        )
        for row, seed in wanted
    ]
    outcomes, failures = run_table(tasks, scheduler, workers)
    told = [f"{row}: {reason}" for row, reason in failures.items()]
    ended = [outcome for outcome in outcomes if outcome.result.seed == search.caption.seed]
    anew = [outcome for outcome in outcomes if outcome.result.seed != search.caption.seed]
    if not ended or len({outcome.result.row for outcome in anew}) < len(settings):
        return None, told
    players = [player for outcome in anew for player in outcome.players]
    own = last_looks(Path(tasks[-1].folder) / CHECKPOINTS, search.caption)
    return Held(Comparison(search.table, [outcome.result for outcome in anew], players), own), told


def trials_csv(study: Study) -> str:
    """Every trial with its settings and errors."""
    lines = []
    for trial in in_state(study, "COMPLETE", "PRUNED", "FAIL"):
        seen = trial.intermediate_values
        valid = trial.value if trial.value is not None else min(seen.values(), default=None)
        errors = [valid, trial.user_attrs.get("train"), trial.user_attrs.get("test")]
        lines.append(
            [
                trial.number,
                trial.state.name.lower(),
                *("" if error is None else f"{error:.3f}" for error in errors),
                max(seen, default=0) / 100,
                *(said(trial.params.get(dimension.name, "")) for dimension in SPACE),
            ]
        )
    return csv_text(COLUMNS, lines)


def _range(values: Sequence[Any]) -> str:
    if isinstance(values[0], str):
        return ", ".join(sorted(set(values)))
    return said(values[0]) if min(values) == max(values) else f"{said(min(values))} to {said(max(values))}"


def report(search: Search, study: Study, held: Held | None) -> str:
    """What was found, as Markdown."""
    best = best_trials(study)
    if not best:
        raise BadInput("no trial was trained to the end; ask for more (--trials)")
    counts = {state: len(in_state(study, state)) for state in ("COMPLETE", "PRUNED", "FAIL")}
    few = best[:BEST_FEW]
    shares = importances(study)
    lines = [
        f"**Search for the settings of the {TABLES[search.table].title.split('. ')[-1].lower()}.** "
        f"{sum(counts.values())} trials (TPE): {counts['COMPLETE']} {TRAINED}, {counts['PRUNED']} pruned, "
        f"{counts['FAIL']} diverged; {described(search.dataset)}; {search.profile} profile, {search.budget}, seed 0. "
        f"Least validation error (mean of a trial's last fifth): {best[0].value:.2f} px (trial {best[0].number})"
        f"{f'; the setting of the caption with the same seed: {held.caption:.2f} px' if held else ''}.",
        "",
        f"| Setting | the paper's | found | best {len(few)} | explains |",
        "|---|---:|---:|---:|---:|",
    ]
    for dimension in SPACE:
        own = said(getattr(search.caption, dimension.name))
        ranges = _range([trial.params[dimension.name] for trial in few])
        share = f"{shares[dimension.name]:.0%}" if shares else ""
        lines.append(f"| {dimension.heading} | {own} | {said(best[0].params[dimension.name])} | {ranges} | {share} |")
    lines += ["", "Explains: share of the validation error's variance over the trials trained to the end (fANOVA)."]
    if held is not None:
        lines += ["", *_held_lines(held)]
    return "\n".join(lines) + "\n"


def _held_lines(held: Held) -> list[str]:
    """Both settings on seeds that the search did not use."""
    anew = held.anew
    seeds = ", ".join(map(str, anew.seeds(FOUND)))
    lines = [
        f"Trained anew with seeds {seeds}, which the search did not use; differences of the same seed and test "
        "player with 95 % intervals, an asterisk where 0 is left out:",
        "",
        "| Mean error, px | Train | Valid | Test |",
        "|---|---:|---:|---:|",
    ]
    for row, label in ((FINAL, "the paper's caption"), (FOUND, "found")):
        lines.append(f"| {label} | " + " | ".join(f"{anew.mean(row, part).mean:.2f}" for part in PARTS) + " |")
    differences = [written(anew.difference(FOUND, FINAL, part)) for part in PARTS]
    better, players = anew.better_for(FOUND)
    lines.append("| found – the paper's | " + " | ".join(differences) + " |")
    return [*lines, "", f"The settings found err less for {better} of {players} test players."]


def parser() -> argparse.ArgumentParser:
    """The command line."""
    flags = argparse.ArgumentParser(prog="python -m audio_to_body.reproduce.search", description=__doc__)
    flags.add_argument("table", choices=("table1", "table2"), help="whose net: the violin's or the piano's")
    flags.add_argument("--data", default="virtual", help="as for a table")
    flags.add_argument("--profile", default="default", help="smoke, default or paper")
    flags.add_argument("--trials", type=int, default=40, help="in all, those of earlier sittings included (40)")
    flags.add_argument("--updates", default=EQUAL, help="of every trial, as for a table's rows")
    flags.add_argument(
        "--confirm", type=int, default=3, help="seeds with which the best is held against the paper's (3)"
    )
    flags.add_argument("--scheduler", default=LOCAL, help="local, or a Dask scheduler you trust")
    flags.add_argument("--workers", type=at_least_one, help="trials side by side (default: one per core)")
    flags.add_argument("--results", type=Path, default=RESULTS, help="folder of the results")
    flags.add_argument("--pictures", type=Path, default=PICTURES, help="folder of the picture")
    return flags


def main(arguments: list[str]) -> int:
    """Search, confirm, print, write; 1 where a trial failed for another reason than diverging."""
    chosen = parser().parse_args(arguments)
    if chosen.trials < 1:
        raise BadInput(f"--trials {chosen.trials} searches nothing; use 1 or more")
    search = prepared_search(chosen.table, chosen.data, chosen.profile, chosen.updates)
    print(f"searching: {described(search.dataset)}; {search.budget}; journal in {search.folder}")
    study = open_study(search.folder, search.name)
    failures = list(
        run_trials(
            *(search.folder, search.name, search.dataset, search.caption, chosen.trials),
            chosen.scheduler,
            chosen.workers,
        )
    )
    held, failed = held_against(search, study, chosen.confirm, chosen.scheduler, chosen.workers)
    text = report(search, study, held)
    chosen.results.mkdir(parents=True, exist_ok=True)
    chosen.pictures.mkdir(parents=True, exist_ok=True)
    page = chosen.results / f"{search.name}.md"
    write_text(page, text)
    write_text(page.with_suffix(".csv"), trials_csv(study))
    picture = chosen.pictures / f"{search.name}.png"
    title = f"Search over {len(SPACE)} settings, {described(search.dataset)}"
    search_picture(study, title, held.caption if held else None).savefig(picture, dpi=110)
    print(text)
    for path in (page, page.with_suffix(".csv"), picture):
        print(f"written: {path}")
    for reason in (*failures, *failed):
        print(f"failed: {reason}", file=sys.stderr)
    return 1 if failures or failed else 0


if __name__ == "__main__":
    sys.exit(run_command(main, sys.argv[1:]))
