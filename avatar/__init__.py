"""Keypoints to a posed 3-D musician with an instrument, and out to GLB, BVH, USDZ and video (paper Sec. 5)."""
