"""Where keys lie under the hands, and where on them people's fingertips strike: pixels of the hands12 frame.

A pixel is a millimetre. Fingers are counted from the left thumb to the left little finger, then from the right thumb.
"""

from __future__ import annotations

import numpy as np

from audio_to_body.musician.human_hands import ORIGIN, PIXELS_PER_METRE, key_along

HANDS, FINGERS = 2, 5
ALL_FINGERS = HANDS * FINGERS
NO_FINGER = -1
LOWEST, HIGHEST = 21, 108  # MIDI, A0 to C8

_PITCHES = np.arange(128)
KEY_X = key_along(_PITCHES) * PIXELS_PER_METRE + ORIGIN[0]  # px, by MIDI number
IS_BLACK = np.isin(_PITCHES % 12, (1, 3, 6, 8, 10))

# What follows was measured on 86,000 strokes of the human hands (preprocessing.published.pianomime): medians of the
# finger that lay on the key, thumb first; both hands alike within 4 mm.
FINGER_X = np.array([-72.0, -20.0, 13.0, 48.0, 80.0])  # px of a right hand's fingertip from its wrist
SPREAD = np.concatenate([-FINGER_X, FINGER_X])  # of all ten
_STRIKES_WHITE = np.array([57.0, 22.0, 17.0, 25.0, 55.0])  # px from the frame's origin towards the player
_STRIKES_BLACK = np.array([-4.0, -9.0, -14.0, -15.0, -2.0])
STRIKES_AT = (
    np.stack([np.tile(_STRIKES_WHITE, 2), np.tile(_STRIKES_BLACK, 2)]) + ORIGIN[1]
)  # px [black or not, finger]
HAND_OF = np.repeat(np.arange(HANDS), FINGERS)
