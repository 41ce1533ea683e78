"""Make the expressive violin net from nothing: ``python -m audio_to_body.models.expressive --out violin+.onnx``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from audio_to_body.models.settings import Settings
from audio_to_body.skeleton.refusal import BadInput, run_command

if TYPE_CHECKING:
    from audio_to_body.models.expressive_data import TargetData, TargetSteps
    from audio_to_body.preprocessing.virtual.plans import RecitalPlan

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
HEARD = ("john-garner_bwv1002_mov6", "john-garner_bwv1002_mov7")  # the real recordings that are trained on
HELD_BACK = "john-garner_bwv1002_mov8"  # a movement that is never trained on, whoever plays it
# a violinist who is never heard; of these movements other players' timing, in sampled sound, may be
UNHEARD = tuple(f"oliver-colbentson_bwv1006_mov{movement}" for movement in (4, 5, 6, 7))


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(
        prog="python -m audio_to_body.models.expressive", description="Train the expressive violin net."
    )
    p.add_argument("--out", required=True, help="folder of the run: checkpoint, trained net, run.json")
    p.add_argument("--minutes", type=float, default=MINUTES, help=f"of virtual recitals ({MINUTES:g})")
    p.add_argument("--bach", help="folder of the Bach Violin Dataset: its recordings are trained on, but for one")
    p.add_argument("--held-back", default=HELD_BACK, help=f"the recording kept for evaluation ({HELD_BACK})")
    p.add_argument("--heard", nargs="*", default=HEARD, help=f"recordings that are trained on ({' '.join(HEARD)})")
    p.add_argument("--epochs", type=int, default=VIOLIN_PLUS.epochs, help=f"({VIOLIN_PLUS.epochs})")
    p.add_argument("--seed", type=int, default=0, help="(0)")
    p.add_argument("--workers", type=int, default=1, help="processes that make sound (1)")
    p.add_argument("--quiet", action="store_true", help="no progress bar")
    return p


def planned(minutes: float, seed: int, bach: str | None, held_back: str) -> list[tuple[RecitalPlan, str]]:
    """The virtual recitals and their parts: invented ones, and real movements played from sampled sound.

    The held-back recording's movement is left out, whoever plays it.

    Raises
    ------
    BadInput
        If the minutes are too few to train and validate.
    """
    from audio_to_body.preprocessing.virtual.plans import plan_movements, plan_recitals

    invented = plan_recitals("violin", minutes if bach is None else minutes * (1 - TIMED_SHARE), seed)
    training = [plan for plan in invented if plan.split == "train"]
    if len(training) <= VALID_RECITALS:
        raise BadInput(f"{minutes:g} minutes are too few; ask for 40 or more")
    valid = {plan.name for plan in training[-VALID_RECITALS:]}
    plans = list(invented)
    if bach is not None:
        piece = held_back.split("_", 1)[-1]
        timed = plan_movements(bach, minutes * TIMED_SHARE, invented)
        plans += [plan for plan in timed if plan.movement and plan.movement.split("_", 1)[-1] != piece]
    parts = ["test" if p.split == "test" else "valid" if p.name in valid else "train" for p in plans]
    return list(zip(plans, parts))


def heard_recordings(bach: str | None, wanted: Sequence[str] = HEARD, held_back: str = HELD_BACK) -> list[str]:
    """Those of the wanted recordings that a copy of the Bach Violin Dataset holds, without the held-back one."""
    from audio_to_body.preprocessing.published.bach_violin import recordings

    names = [] if bach is None else recordings(bach)
    return [name for name in names if name in wanted and name != held_back]


def make_data(
    settings: Settings,
    minutes: float,
    bach: str | None,
    held_back: str,
    workers: int = 1,
    progress: bool = True,
    wanted: Sequence[str] = HEARD,
) -> TargetData:
    """Sound with targets: virtual recitals, and real recordings where there are some.

    Parameters
    ----------
    settings : Settings
    minutes : float
        Of virtual recitals.
    bach : str or None
        Folder of the Bach Violin Dataset.
    held_back : str
        The recording whose movement is not trained on.
    workers : int
        Processes.
    progress : bool
    wanted : sequence of str
        Real recordings that are trained on, where they are there.

    Returns
    -------
    TargetData
        The same for the same arguments, whatever the number of workers.
    """
    from tqdm import tqdm

    from audio_to_body.models.expressive_data import recorded_steps, target_data, virtual_steps

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
    heard = heard_recordings(bach, wanted, held_back)
    for name in tqdm(heard, desc="recordings", disable=not progress or not heard):
        assert bach is not None
        made += recorded_steps(bach, name, "train", settings.rate, range(RECORDING_VARIATIONS), settings.seed)
    return target_data(settings, made, "virtual+bach" if heard else "virtual")


def main(argv: Sequence[str] | None = None) -> int:
    """Parse, make the data, train, report."""
    arguments = parser().parse_args(argv)
    from audio_to_body.models.training import train

    settings = replace(VIOLIN_PLUS, epochs=arguments.epochs, seed=arguments.seed)
    if arguments.epochs < 1:
        raise BadInput(f"--epochs is {arguments.epochs}; it must be above 0")
    Path(arguments.out).mkdir(parents=True, exist_ok=True)
    workers = max(1, min(arguments.workers, os.cpu_count() or 1))
    data = make_data(
        settings,
        arguments.minutes,
        arguments.bach,
        arguments.held_back,
        workers,
        progress=not arguments.quiet,
        wanted=arguments.heard,
    )
    outcome = train(settings, data, arguments.out, progress=not arguments.quiet)
    print(
        f"{data.hours:.2f} h, error train {outcome.train:.3f}, valid {outcome.valid:.3f}, test {outcome.test:.3f}; "
        f"best epoch {outcome.best_epoch} of {outcome.epochs}, {outcome.seconds:.0f} s"
    )
    return 0


if __name__ == "__main__":
    sys.exit(run_command(main))
