"""The musician's body and craft: bones, hands, posture, bowing, fingering, and the camera that sees them."""
