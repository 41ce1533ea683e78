"""onnxruntime as this project uses it: one thread, on the processor or on a card."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from audio_to_body.skeleton.refusal import BadInput

DEVICES = ("auto", "cpu", "cuda")


def cuda_card_present() -> bool:
    """Whether NVIDIA's driver is installed and sees a card."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
        count = ctypes.c_int(0)
        return driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 and count.value > 0
    except (OSError, AttributeError):
        return False


def open_graph(data: bytes, name: str, device: str) -> tuple[Any, str]:
    """Open a checked model in onnxruntime, for one thread.

    Parameters
    ----------
    data : bytes
        The whole file.
    name : str
        What messages call it.
    device : str
        ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA where a card is there and onnxruntime can use it, else the CPU.

    Returns
    -------
    onnxruntime.InferenceSession, and the name of the execution provider that serves it

    Raises
    ------
    BadInput
        If onnxruntime cannot load it, or the device is unknown or not to be had.
    """
    if device not in DEVICES:
        raise BadInput(f"unknown device '{device}'; known: {', '.join(DEVICES)}")
    import onnxruntime

    # flushing denormals stays switched on for this thread, and numpy would warn when it later looks at its own types
    np.finfo(np.float32), np.finfo(np.float64)
    onnxruntime.set_default_logger_severity(4)  # a missing card is no error of the person's
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1  # one LSTM step is too small to share: one thread beats two
    options.inter_op_num_threads = 1
    # silence drives the LSTM's state into denormals, which slow a step 30-fold
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    available = onnxruntime.get_available_providers()
    cuda = "CUDAExecutionProvider"
    wanted = device == "cuda" or (device == "auto" and cuda in available and cuda_card_present())
    if device == "cuda" and (cuda not in available or not cuda_card_present()):
        why = "sees no NVIDIA card" if cuda in available else "was built without CUDA (install onnxruntime-gpu)"
        raise BadInput(f"device 'cuda' is not to be had: onnxruntime {why}; use --device cpu")
    providers = [cuda, "CPUExecutionProvider"] if wanted else ["CPUExecutionProvider"]
    try:
        session = onnxruntime.InferenceSession(data, options, providers=providers)
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise BadInput(f"{name} cannot be loaded by onnxruntime ({first_line(error)})") from None
    provider = session.get_providers()[0]
    if device == "cuda" and provider != cuda:
        raise BadInput("device 'cuda' is not to be had: CUDA's or cuDNN's libraries are missing; use --device cpu")
    return session, provider


def first_line(error: Exception) -> str:
    """What an exception says first."""
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
