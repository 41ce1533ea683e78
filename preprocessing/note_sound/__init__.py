"""Labelled sound without end: notes of humans, scores and chance, played on sampled instruments in many rooms."""
