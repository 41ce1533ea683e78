"""Make the expressive violin net from nothing: ``python -m models.expressive --out violin+.onnx``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from models.settings import Settings
from skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from models.expressive_data import TargetData, TargetSteps
    from preprocessing.virtual.plans import RecitalPlan

# Delay: what follows a moment tells what began at it (an attack, a pitch); 10 steps. The rest is the paper's net.
VIOLIN_PLUS = Settings(
    hidden=200,
    sequence=96,
    batch=100,
    learning_rate=2e-3,
    delay_ms=10 * 1000 / 96,
    dropout=0.1,
    components=None,
    epochs=14,
)
MINUTES = 140.0  # of virtual recitals, test included
VALID_RECITALS = 3  # of the virtual training recitals
TIMED_SHARE = 0.4  # of those minutes with a real violinist's timing and slurs, where the Bach Violin Dataset is there
RECORDING_VARIATIONS = 10  # of every real recording
# Real recordings are trained on where their licence asks for nothing but the violinist's name
HEARD = ("john-garner", "minji-kim")
# but for these: another movement of a violinist who was heard, and four of a violinist who was not
HELD_BACK = (
    "john-garner_bwv1002_mov8",
    "oliver-colbentson_bwv1006_mov4",
    "oliver-colbentson_bwv1006_mov5",
    "oliver-colbentson_bwv1006_mov6",
    "oliver-colbentson_bwv1006_mov7",
)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m models.expressive", description="Train the expressive violin net.")
    p.add_argument("--out", required=True, help="folder of the run: checkpoint, trained net, run.json")
    p.add_argument("--minutes", type=float, default=MINUTES, help=f"of virtual recitals ({MINUTES:g})")
    p.add_argument("--bach", help="folder of the Bach Violin Dataset: its recordings are trained on, but for one")
    p.add_argument(
        "--held-back", nargs="+", default=HELD_BACK, help=f"recordings kept for evaluation ({' '.join(HELD_BACK)})"
    )
    p.add_argument("--epochs", type=int, default=VIOLIN_PLUS.epochs, help=f"({VIOLIN_PLUS.epochs})")
    p.add_argument("--seed", type=int, default=0, help="(0)")
    p.add_argument("--workers", type=int, default=1, help="processes that make sound (1)")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    return p


def planned(minutes: float, seed: int, bach: str | None, held_back: Sequence[str]) -> list[tuple[RecitalPlan, str]]:
    """The virtual recitals and their parts: invented ones, and real movements played from sampled sound.

    The held-back recordings' movements are left out, whoever plays them.

    Raises
    ------
    BadInput
        If the minutes are too few to train and validate.
    """
    from preprocessing.virtual.plans import plan_movements, plan_recitals

    invented = plan_recitals("violin", minutes if bach is None else minutes * (1 - TIMED_SHARE), seed)
    training = [plan for plan in invented if plan.split == "train"]
    if len(training) <= VALID_RECITALS:
        raise BadInput(f"{minutes:g} minutes are too few; ask for 40 or more")
    valid = {plan.name for plan in training[-VALID_RECITALS:]}
    plans = list(invented)
    if bach is not None:
        pieces = {name.split("_", 1)[-1] for name in held_back}
        timed = plan_movements(bach, minutes * TIMED_SHARE, invented)
        plans += [plan for plan in timed if plan.movement and plan.movement.split("_", 1)[-1] not in pieces]
    parts = ["test" if p.split == "test" else "valid" if p.name in valid else "train" for p in plans]
    return list(zip(plans, parts))


def heard_recordings(bach: str | None, held_back: Sequence[str] = HELD_BACK) -> list[str]:
    """The recordings of a copy of the Bach Violin Dataset that are trained on, sorted."""
    from preprocessing.published.bach_violin import recordings

    names = [] if bach is None else recordings(bach)
    return [name for name in names if name not in held_back and name.split("_", 1)[0] in HEARD]


def make_data(
    settings: Settings,
    minutes: float,
    bach: str | None,
    held_back: Sequence[str],
    workers: int = 1,
    progress: bool = True,
) -> TargetData:
    """Sound with targets: virtual recitals, and real recordings where there are some.

    Parameters
    ----------
    settings : Settings
    minutes : float
        Of virtual recitals.
    bach : str or None
        Folder of the Bach Violin Dataset.
    held_back : sequence of str
        The recordings that are not trained on.
    workers : int
        Processes.
    progress : bool

    Returns
    -------
    TargetData
        The same for the same arguments, whatever the number of workers.
    """
    from tqdm import tqdm

    from models.expressive_data import recorded_steps, target_data, virtual_steps

    # what is validated and tested on is varied too: the net must serve any room
    jobs = [(plan, part, settings.rate, 1) for plan, part in planned(minutes, settings.seed, bach, held_back)]
    made: list[TargetSteps] = []
    with tqdm(total=len(jobs), desc="virtual recitals", disable=not progress) as bar:
        if workers > 1:
            with ProcessPoolExecutor(workers) as pool:
                for steps in pool.map(virtual_steps, *zip(*jobs)):
                    made.append(steps)
                    bar.update()
        else:
            for job in jobs:
                made.append(virtual_steps(*job))
                bar.update()
    heard = heard_recordings(bach, held_back)
    for name in tqdm(heard, desc="recordings", disable=not progress or not heard):
        assert bach is not None
        made += recorded_steps(bach, name, "train", settings.rate, range(RECORDING_VARIATIONS), settings.seed)
    return target_data(settings, made, "virtual+bach" if heard else "virtual")


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, make the data, train, report."""
    arguments = parser().parse_args(argv)
    from models.training import train

    settings = replace(VIOLIN_PLUS, epochs=arguments.epochs, seed=arguments.seed)
    if arguments.epochs < 1:
        raise BadInput(f"--epochs is {arguments.epochs}; it must be above 0")
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    workers = max(1, min(arguments.workers, os.cpu_count() or 1))
    data = make_data(
        settings, arguments.minutes, arguments.bach, arguments.held_back, workers, progress=not arguments.quiet
    )
    outcome = train(settings, data, arguments.out, progress=not arguments.quiet)
    print(
        f"{data.hours:.2f} h, error train {outcome.train:.3f}, valid {outcome.valid:.3f}, test {outcome.test:.3f}; "
        f"best epoch {outcome.best_epoch} of {outcome.epochs}, {outcome.seconds:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
