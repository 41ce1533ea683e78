"""An experiment is data: the settings of one net, with defaults from the paper's final rows."""

from __future__ import annotations

from dataclasses import dataclass

from audio_to_body.skeleton.instruments import instrument_named
from audio_to_body.skeleton.rates import TIME_DELAY_MS, UPSAMPLE, VIDEO_FPS, delay_steps


@dataclass(frozen=True)
class Settings:
    """Settings of one training run; the defaults are "Final ours" of Table 1 (violin).

    Attributes
    ----------
    instrument : str
    hidden : int
        Length of the LSTM's memory.
    layers : int
        LSTM layers; the paper tried more without gain (Sec. 4).
    sequence : int
        Steps of truncated back-propagation.
    batch : int
    learning_rate : float
    decay : float
        Factor of the learning rate from one update to the next; 1 keeps it, as the paper does.
    delay_ms : float
        Time delay; 0 for none.
    global_delay : bool
        Delay the sound as a whole instead of the targets within each recital (Sec. 4 names it without a number).
    dropout : float
    components : int or None
        PCA components; None trains on keypoints directly (Sec. 4).
    upsample : int
        Network steps per video frame.
    training_share : float
        Share of the training recitals' frames that is used ("50% training data").
    frames : str
        ``"kept"``: dropped frames have weight 0; ``"all"``: they are used as detected ("Frames not dropped");
        ``"interpolated"``: they are filled linearly ("Interpolated missing data").
    loss : str
        ``"squared"`` or ``"huber"`` (Sec. 4).
    epochs : int
    updates : int or None
        Steps of ADAM after which training ends, whatever ``epochs`` says; None trains for whole epochs.
    choice : str
        ``"best"`` keeps the net of the least validation error, ``"last"`` that of the last update.
    seed : int
    lstm : str
        ``"fast"``: our backward pass; ``"plain"``: ``caffe2.python.rnn_cell.LSTM`` as it stands. Same numbers.
    """

    instrument: str = "violin"
    hidden: int = 200
    layers: int = 1
    sequence: int = 60
    batch: int = 100
    learning_rate: float = 2e-3
    decay: float = 1.0
    delay_ms: float = TIME_DELAY_MS
    global_delay: bool = False
    dropout: float = 0.15
    components: int | None = 15
    upsample: int = UPSAMPLE
    training_share: float = 1.0
    frames: str = "kept"
    loss: str = "squared"
    epochs: int = 300  # Sec. 4
    updates: int | None = None
    choice: str = "best"
    seed: int = 0
    lstm: str = "fast"

    @property
    def rate(self) -> int:
        """Network steps per second."""
        return VIDEO_FPS * self.upsample

    @property
    def delay(self) -> int:
        """Time delay in network steps."""
        return delay_steps(self.delay_ms, self.rate)


def final_settings(instrument: str) -> Settings:
    """The settings of an instrument's final net: those of Table 1's caption but for what its record changes.

    Raises
    ------
    BadInput
        If the instrument is unknown.
    """
    return Settings(instrument=instrument, **instrument_named(instrument).training)


VIOLIN_FINAL = final_settings("violin")  # caption of Table 1
PIANO_FINAL = final_settings("piano")  # caption of Table 2
