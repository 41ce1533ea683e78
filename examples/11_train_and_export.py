"""A dataset to a net to a musician: ``python examples/11_train_and_export.py DATASET RUN audio.wav``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from audio_to_body import load, predict
from audio_to_body.models.recital_data import prepare
from audio_to_body.models.settings import VIOLIN_FINAL
from audio_to_body.models.training import train
from audio_to_body.onnx_export.export import export
from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.skeleton.refusal import BadInput, run_script


def main(dataset: str, run: str, sound: str, epochs: str = "100") -> None:
    """Train the paper's violin net, export it, and play with it (Python 3.9, ``make setup``)."""
    if not epochs.isdecimal():
        raise BadInput(f"'{epochs}' is no number of epochs")
    settings = replace(VIOLIN_FINAL, epochs=int(epochs))  # every setting of the paper is a field
    outcome = train(settings, prepare(Dataset(dataset), settings), run, progress=False)
    print(f"valid {outcome.valid:.2f} px, test {outcome.test:.2f} px; best epoch {outcome.best_epoch}")
    report = export(run, Path(run) / "mine.onnx")  # written only where it equals Caffe2
    print(f"{report.path}: Caffe2 and onnxruntime differ by {report.parity.worst:.1e} px")
    print(f"{len(predict(sound, load(report.path)))} frames played")


if __name__ == "__main__":
    run_script(main, __doc__)
