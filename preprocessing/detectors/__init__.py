"""Detectors of people in pictures, behind one interface: :class:`~preprocessing.detectors.people.Detector`."""
