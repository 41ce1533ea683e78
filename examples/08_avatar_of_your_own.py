"""Your own figure plays: ``python examples/08_avatar_of_your_own.py audio.wav my.vrm out.glb``."""

from __future__ import annotations

from audio_to_body import load, predict
from audio_to_body.avatar.export import write_glb
from audio_to_body.skeleton.refusal import run_script


def main(sound: str, avatar: str, out: str) -> None:
    """Write the figure with the animation in it; say which of its bones were not found."""
    motion = predict(sound, load("violin"))
    for remark in write_glb(motion, out, avatar=avatar):
        print(remark)
    print(out)


if __name__ == "__main__":
    run_script(main, __doc__)
