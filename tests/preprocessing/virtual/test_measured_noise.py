from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.preprocessing.recital_file import Reason, Recital
from audio_to_body.preprocessing.virtual.detector_faults import DetectorNoise, detect
from audio_to_body.preprocessing.virtual.measured_noise import (
    band_deviations,
    fit_noise,
    measure,
    model_bands,
    spells_of,
    table,
)
from audio_to_body.skeleton.layouts import HANDS12, VIOLIN
from audio_to_body.skeleton.refusal import BadInput


def still_recital(noise: DetectorNoise, frames: int = 4000) -> Recital:
    """A musician who does not move, as a detector sees them."""
    rng = np.random.default_rng(0)
    pose = rng.uniform(100, 300, (VIOLIN.size, 2))
    pose[VIOLIN.index("left_shoulder")] = pose[VIOLIN.index("right_shoulder")] + (135.0, 0.0)
    seen = detect(np.repeat(pose[None], frames, axis=0), VIOLIN, (640, 480), rng, 0.0, noise)
    reason = np.zeros(frames, np.uint8)
    reason[[20, 100, 101, 102] if frames > 200 else [20]] = Reason.MISSING_PART
    return Recital("r", seen.keypoints, seen.confidence, reason, {}, (640, 480), "made for the test")


def test_noise_that_was_put_in_is_found() -> None:
    noise = DetectorNoise(torso_jitter=1.0, arm_jitter=0.0, hand_jitter=0.0, slow_jitter=2.0, slow_share=0.95)
    found = measure([still_recital(noise)], VIOLIN)
    torso = found.parts["torso"]
    assert torso.white * 1.35 == pytest.approx(1.0, rel=0.15)
    assert torso.slow * 1.35 == pytest.approx(2.0, rel=0.3)
    assert torso.slow_share in (0.9, 0.95)
    assert found.parts["arms"].white * 1.35 < 0.5


def test_drops_and_spells_are_counted() -> None:
    found = measure([still_recital(DetectorNoise())], VIOLIN)
    assert found.dropped["missing_part"] == pytest.approx(4 / 4000)
    assert sorted(found.spells["missing_part"]) == [1, 3]
    assert "missing_part: 0.1 %" in table(found)
    assert spells_of(np.array([True, False, True, True])) == [1, 2]
    assert spells_of(np.zeros(3, bool)) == []


def test_bands_hold_what_their_frequencies_carry() -> None:
    time = np.arange(480) / 24
    tracks = np.stack([np.sin(2 * np.pi * f * time) for f in (4.5, 7.5, 10.5, 0.5)], axis=1)
    np.testing.assert_allclose(band_deviations(tracks), np.eye(4)[:3] * np.sqrt(0.5), atol=0.02)


def test_model_and_fit_agree() -> None:
    variances = model_bands(0.8) @ np.array([0.3**2, 1.5**2])
    white, slow, share = fit_noise(variances)
    assert (white, slow, share) == (pytest.approx(0.3, rel=0.05), pytest.approx(1.5, rel=0.05), 0.8)


def test_hands_alone_and_recitals_without_good_stretches_are_refused() -> None:
    with pytest.raises(BadInput, match="shoulders"):
        measure([], HANDS12)
    with pytest.raises(BadInput, match="nothing to measure"):
        measure([still_recital(DetectorNoise(), 40)], VIOLIN)


def test_virtual_noise_is_that_of_the_real_clip() -> None:
    """Band deviations, % of the shoulder width, as MediaPipe gave them on the real violin clip."""
    found = measure([still_recital(DetectorNoise())], VIOLIN).parts
    real = {"torso": (0.220, 0.091, 0.055), "arms": (0.596, 0.347, 0.230), "left hand": (0.400, 0.340, 0.232)}
    for name, bands in real.items():
        share = np.array(found[name].bands) / np.array(bands)
        assert np.all((share > 0.4) & (share < 1.7)), name  # the lowest band holds the musician's motion too
