"""The header that hubs read of a model card."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from audio_to_body.reproduce.card_header import card_header, main, without_header
from audio_to_body.skeleton.refusal import BadInput

yaml = pytest.importorskip("yaml", reason="PyYAML comes with the site's packages (setup.py, docs)")
PRETRAINED = Path(__file__).resolve().parent.parent.parent / "models" / "pretrained"
CARDS = sorted(PRETRAINED.glob("*.md"))


def header(text: str) -> dict:
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n")[1])


def test_a_header_is_yaml_that_hubs_understand():
    made = header(card_header("violin", "violin", ["faithful"], "virtual recitals", {"test: mean error, px": 33.7}))
    assert made["license"] == "mit"
    assert {"onnx", "violin", "faithful"} <= set(made["tags"])
    (index,) = made["model-index"]
    assert index["name"] == "violin"
    assert index["results"][0]["dataset"]["name"] == "virtual recitals"
    assert index["results"][0]["metrics"] == [
        {"type": "test:_mean_error,_px", "name": "test: mean error, px", "value": 33.7}
    ]


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.stem)
def test_every_card_that_ships_has_one(card):
    made = header(card.read_text(encoding="utf-8"))
    assert made["license"] == "mit"
    assert card.stem.split("_")[0] in made["tags"]
    assert without_header(card.read_text(encoding="utf-8")).startswith("# ")


def test_the_command_puts_one_on_and_again_the_same(tmp_path, capsys):
    for suffix in (".onnx", ".md"):
        shutil.copy(PRETRAINED / f"violin{suffix}", tmp_path)
    card = tmp_path / "violin.md"
    card.write_text(without_header(card.read_text()))
    main([str(card)])
    once = card.read_text()
    main([str(card)])
    assert card.read_text() == once == (PRETRAINED / "violin.md").read_text()
    assert capsys.readouterr().out == f"{card}\n{card}\n"


def test_a_card_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="does not exist; name model cards"):
        main([str(tmp_path / "no.md")])
