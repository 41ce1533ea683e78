"""Scores that people hand in: read from MIDI or MusicXML, performed where they are only written, made to sound."""
