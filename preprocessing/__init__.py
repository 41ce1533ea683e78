"""Videos and sound in, a dataset out: audio, detectors, cleaning, alignment, PCA, virtual recitals.

``preprocessing.ffmpeg``, ``preprocessing.audio`` and ``preprocessing.features`` are light (numpy and the bundled
ffmpeg): inference uses them too.
"""
