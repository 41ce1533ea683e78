"""Bars are drawn on terminals alone."""

import io
import sys

import pytest

from audio_to_body.skeleton.progress import progress_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "shown", "drawn"), [(Terminal, True, True), (Terminal, False, False), (io.StringIO, True, False)]
)
def test_a_bar_is_drawn_where_somebody_looks(stream, shown, drawn, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream())
    with progress_bar(range(3), shown=shown, desc="counting", unit="number") as bar:
        assert list(bar) == [0, 1, 2]
        bar.set_postfix(seen=3)
    assert ("counting" in sys.stderr.getvalue()) == drawn


def test_a_program_without_standard_error_goes_on(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    assert list(progress_bar(range(3))) == [0, 1, 2]
