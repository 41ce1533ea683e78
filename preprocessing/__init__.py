"""Videos and sound in, a dataset out: ``sound``, ``recording`` (with ``detectors``), ``published``, ``virtual``.

``preprocessing.ffmpeg``, ``preprocessing.sound.audio`` and ``preprocessing.sound.features`` are light
(numpy and the bundled ffmpeg): inference uses them too. ``pictures`` reads, draws and writes videos.
"""
