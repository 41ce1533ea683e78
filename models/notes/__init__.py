"""Nets that hear which notes sound: Caffe2 operators, a twin for graphics cards, training on sound drawn afresh."""
