from hypothesis import given
from hypothesis import strategies as st

from audio_to_body.skeleton.rates import AUDIO_RATE, NETWORK_RATE, delay_steps, steps_in


@given(samples=st.integers(1, 10**9), rate=st.sampled_from([24, 48, 96, 144]))
def test_last_step_lies_inside_the_sound_and_the_next_does_not(samples, rate):
    count = steps_in(samples, rate)
    assert (count - 1) * AUDIO_RATE < samples * rate <= count * AUDIO_RATE


@given(samples=st.integers(1, 10**9), factor=st.sampled_from([2, 4, 6]))
def test_network_steps_cover_the_frames_and_no_more(samples, factor):
    frames, steps = steps_in(samples, 24), steps_in(samples, 24 * factor)
    assert factor * (frames - 1) < steps <= factor * frames


def test_paper_delay_is_two_steps_at_the_network_rate():
    assert NETWORK_RATE == 96
    assert [delay_steps(24.0, rate) for rate in (48, 96, 144)] == [1, 2, 3]
    assert delay_steps(0.0, 96) == 0
