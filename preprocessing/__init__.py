"""Videos and sound in, a dataset out: ``sound``, ``recording`` (with ``detectors``), ``published``, ``virtual``.

``audio_to_body.sound.ffmpeg``, ``audio_to_body.sound.audio`` and ``audio_to_body.sound.features`` are light
(numpy and the bundled ffmpeg): inference uses them too. ``pictures`` reads, draws and writes videos.
"""
