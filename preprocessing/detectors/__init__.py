"""Finders of people, behind one interface: :class:`~audio_to_body.preprocessing.detectors.people.Detector`."""
