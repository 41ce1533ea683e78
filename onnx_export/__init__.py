"""Trained Caffe2 net to one self-contained ``.onnx`` file, and the proof that both give the same numbers."""
