"""Receive a live musician through a pipe.

``audio-to-body play --live --send jsonl | python examples/05_receive_json_lines.py``
"""

from __future__ import annotations

import json
import sys


def main() -> None:
    """Print where the hands are."""
    first = "" if sys.stdin.isatty() else sys.stdin.readline()
    if not first:
        print("error: nothing comes; pipe a musician in: audio-to-body play --live --send jsonl | …", file=sys.stderr)
        sys.exit(2)
    hello = json.loads(first)
    hands = [hello["point_names"].index(f"{side}_hand_wrist") for side in ("left", "right")]
    for line in sys.stdin:
        frame = json.loads(line)
        (lx, ly), (rx, ry) = (frame["points"][hand] for hand in hands)
        print(f"{frame['time']:8.3f} s  left {lx:6.1f}, {ly:6.1f} px  right {rx:6.1f}, {ry:6.1f} px", flush=True)


if __name__ == "__main__":
    main()
