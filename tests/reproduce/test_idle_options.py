"""Options of experiments that would change nothing are refused."""

import pytest

from audio_to_body.reproduce import evaluate_hands, stability, strips
from audio_to_body.reproduce.strip_pieces import PIECES, PLUCKED
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.__main__ import main as tables


@pytest.mark.parametrize(
    ("main", "arguments", "said"),
    [
        (stability.main, ["--model", "mine.onnx", "--faithful"], "--faithful chooses among the nets that ship"),
        (stability.main, ["--model", "mine.onnx", "--instrument", "piano"], "--instrument chooses among"),
        (strips.main, [next(iter(PIECES)), "--notes", "a.csv", "--out", "a.png"], "are known: leave them out"),
        (strips.main, [PLUCKED, "--instrument", "piano", "--out", "a.png"], f"{PLUCKED} says who plays"),
        (
            strips.main,
            ["a.wav", "--model", "b", "--instrument", "piano", "--out", "a.png"],
            "the model says who plays",
        ),
        (tables, ["check", "table1", "--beside", "a.csv"], "--beside tells expect its margins"),
    ],
)
def test_what_would_change_nothing_is_refused(main, arguments, said):
    with pytest.raises(BadInput, match=said):
        main(arguments)


def test_a_net_that_is_not_there_is_not_left_out_silently(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["evaluate_hands", str(tmp_path), "--model", str(tmp_path / "absent.onnx")])
    assert evaluate_hands.cli() == 2
    assert "absent.onnx does not exist" in capsys.readouterr().err
    monkeypatch.setattr("sys.argv", ["evaluate_hands", "hands.npz", "--faithful", "run"])
    assert evaluate_hands.cli() == 2
    assert "--faithful is judged on the dataset" in capsys.readouterr().err
