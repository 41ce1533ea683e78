"""The trained net in onnxruntime: whole files and streams, and one writer per output format."""
