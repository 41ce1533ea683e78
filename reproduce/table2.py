"""Table 2: the piano net, parameter by parameter."""

from audio_to_body.models.settings import PIANO_FINAL
from audio_to_body.reproduce.rows import EXTRA_ROWS, Row, Table

TABLE2 = Table(
    name="table2",
    title="Table 2. Piano net",
    final=PIANO_FINAL,
    rows=(
        Row("Frames not dropped", {"frames": "all"}),
        Row("50% training data", {"training_share": 0.5}),
        Row("Interpolated missing data", {"frames": "interpolated"}),
        Row("Upsample 2x", {"upsample": 2}),
        Row("No time delay", {"delay_ms": 0.0}),
        Row("PCA coeff = 30", {"components": 30}),
        Row("Dropout = 0.6", {"dropout": 0.6}),
        Row("Dropout = 0", {"dropout": 0.0}),
        Row("Seq. length = 200", {"sequence": 200}),
        Row("PCA coeff = 5", {"components": 5}),
        Row("Final ours"),
    ),
    extra=EXTRA_ROWS,
)
