from dataclasses import replace

import pytest
from audio_to_body.inference.model_file import read_model
from audio_to_body.models.expressive import VIOLIN_PLUS
from audio_to_body.models.expressive_data import target_data, virtual_steps
from audio_to_body.models.training import train
from audio_to_body.preprocessing.virtual.plans import RecitalPlan
from audio_to_body.reproduce import evaluate
from audio_to_body.reproduce.expressive_violin import main
from audio_to_body.skeleton.refusal import run_command

SETTINGS = replace(VIOLIN_PLUS, hidden=16, sequence=48, batch=8, epochs=1)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    made = [
        virtual_steps(RecitalPlan(part, "violin", "test" if part == "test" else "train", 12.0, 3, n), part, 96.0, 1)
        for n, part in enumerate(("train", "valid", "test"))
    ]
    folder = tmp_path_factory.mktemp("run")
    train(SETTINGS, target_data(SETTINGS, made, "virtual"), folder, progress=False)
    return folder


def test_a_trained_run_becomes_a_net_and_a_card_that_says_how(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(evaluate, "RECITALS", 1)
    monkeypatch.setattr(evaluate, "SECONDS", 12.0)
    monkeypatch.setenv("A2B_SHARED", str(tmp_path))  # no recordings there
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "violin_plus.onnx"
    assert run_command(main, ["--trained", "--run", str(run), "--out", str(out), "--minutes", "50"]) == 0
    card = read_model(out).card
    assert card.command == "python -m audio_to_body.reproduce.expressive_violin --minutes 50 --epochs 1"
    text = out.with_suffix(".md").read_text()
    assert f"`{card.command}`" in text
    assert capsys.readouterr().out.split("sha256 ")[1].strip() in text
    assert "| the truth |" in text
    assert "John Garner" not in text  # this net heard no recording
    assert "Real sound" not in text
