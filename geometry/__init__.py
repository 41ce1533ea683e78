"""Vectors and rotations, each in two forms: arrays over any leading axes, and numbers of one frame or of all."""
