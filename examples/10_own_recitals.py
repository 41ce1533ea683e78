"""Your videos to a dataset, and what was found in them: ``python examples/10_own_recitals.py OUT concert.mp4``."""

from __future__ import annotations

from audio_to_body.command_line.main import main as audio_to_body
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.recital_file import Reason
from audio_to_body.skeleton.refusal import run_script


def main(out: str, *videos_and_flags: str) -> None:
    """Prepare violin recitals; flags such as ``--openpose-json FOLDER`` go on to the command."""
    audio_to_body(["prepare", *videos_and_flags, "--instrument", "violin", "--out", out])
    for recital in Dataset(out):
        print(f"{recital.name}: {recital.kept.sum()} of {len(recital)} frames kept")
        for reason in Reason:
            count = int((recital.reason == reason).sum())
            if count and reason != Reason.KEPT:
                print(f"    {count} dropped: {reason.name.lower()}")


if __name__ == "__main__":
    run_script(main, __doc__)
