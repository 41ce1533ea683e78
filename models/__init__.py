"""The paper's network in Caffe2 operators, its training and its checkpoints. Python 3.9 and torch 1.10.2 only."""
