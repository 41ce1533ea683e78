"""OpenCV's threads asleep for a while."""

from __future__ import annotations

import sys

import cv2
import pytest

from audio_to_body.pictures.opencv_threads import one_thread


def test_the_threads_come_back_also_after_a_failure():
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(2)
        with one_thread():
            assert cv2.getNumThreads() == 1
        assert cv2.getNumThreads() == 2
        with pytest.raises(KeyboardInterrupt), one_thread():
            raise KeyboardInterrupt
        assert cv2.getNumThreads() == 2
    finally:
        cv2.setNumThreads(before)


def test_opencv_is_not_loaded_for_it(monkeypatch):
    monkeypatch.delitem(sys.modules, "cv2")
    with one_thread():
        assert "cv2" not in sys.modules
