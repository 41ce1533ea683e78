"""The header that hubs read of a model card."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audio_to_body.reproduce.card_header import card_header, header_of, main, without_header
from audio_to_body.skeleton.refusal import BadInput

yaml = pytest.importorskip("yaml", reason="PyYAML comes with the site's packages (setup.py, docs)")
PRETRAINED = Path(__file__).resolve().parent.parent.parent / "models" / "pretrained"
CARDS = sorted(PRETRAINED.glob("*.md"))


def header(text: str) -> dict:
    assert text.startswith("---\n")
    return yaml.safe_load(text.split("---\n")[1])


def test_a_header_is_yaml_that_hubs_understand():
    made = header(
        card_header("violin", "violin", ["faithful"], data="virtual recitals", metrics={"test: mean error, px": 33.7})
    )
    assert made["license"] == "mit"
    assert {"onnx", "violin", "faithful", "audio-to-motion"} <= set(made["tags"])
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


def test_a_net_that_hears_notes_has_its_own_figures(tmp_path):
    """The metadata of such a net in a model without a graph's sense: the header needs nothing else."""
    import onnx

    from audio_to_body.inference.model_file import with_checksum
    from audio_to_body.inference.notes.card import METADATA_KEY, Head, NoteCard

    model = onnx.load(str(PRETRAINED / "violin.onnx"))
    parts, heads = ["onset", "sounding", "held", "velocity"], [Head("normal", 6, 2, 0.5), Head("low", 1, 1, 0.5)]
    card = NoteCard("piano", 21, 88, parts, 2, heads, "notes", 4, 1, data="drawn", figures={"normal": 0.89501})
    del model.metadata_props[:]
    onnx.helper.set_model_props(model, {METADATA_KEY: card.to_json()})
    (tmp_path / "piano_notes.onnx").write_bytes(with_checksum(model.SerializeToString()))
    made = header(header_of(tmp_path / "piano_notes.onnx"))
    assert {"piano", "music-transcription"} <= set(made["tags"])
    assert made["model-index"][0]["results"][0]["metrics"][0] == {
        "type": "onset_F1_within_50_ms,_normal",
        "name": "onset F1 within 50 ms, normal",
        "value": 0.895,
    }


def test_a_card_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(BadInput, match="does not exist; name model cards"):
        main([str(tmp_path / "no.md")])
