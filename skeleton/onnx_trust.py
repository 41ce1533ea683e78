"""What an ONNX file may hold before any library opens it, whoever made it."""

from __future__ import annotations

from audio_to_body.skeleton.protobuf_reader import NotProtobuf, Outline, outline
from audio_to_body.skeleton.refusal import BadInput


def check_graph(data: bytes, name: str) -> Outline:
    """Refuse what is no ONNX model, refers to other files, or needs operators from elsewhere.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What messages call it.

    Raises
    ------
    BadInput
    """
    try:
        found = outline(data)
    except NotProtobuf as error:
        raise BadInput(f"{name} is not an ONNX model or is damaged ({error})") from None
    if found.graph == (0, 0):
        raise BadInput(f"{name} is not an ONNX model: it holds no graph")
    if found.external:
        raise BadInput(f"{name} keeps part of its weights in another file; a model must be one self-contained file")
    foreign = sorted(f"{domain}.{operator}" for domain, operator in found.operators if domain)
    if foreign or found.functions:
        what = foreign[0] if foreign else "local functions"
        raise BadInput(f"{name} needs operators from elsewhere ({what}); only standard ONNX operators are served")
    return found
