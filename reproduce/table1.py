"""Table 1: the violin net, parameter by parameter."""

from audio_to_body.models.settings import VIOLIN_FINAL
from audio_to_body.reproduce.rows import EXTRA_ROWS, Row, Table

TABLE1 = Table(
    name="table1",
    title="Table 1. Violin net",
    final=VIOLIN_FINAL,
    rows=(
        Row("Frames not dropped", {"frames": "all"}),
        Row("50% training data", {"training_share": 0.5}),
        Row("PCA coeff = 5", {"components": 5}),
        Row("Dropout = 0.6", {"dropout": 0.6}),
        Row("Seq. length = 500", {"sequence": 500}),
        Row("No time delay", {"delay_ms": 0.0}),
        Row("Upsample 6x", {"upsample": 6}),
        Row("PCA coeff = 30", {"components": 30}),
        Row("Seq. length = 200", {"sequence": 200}),
        Row("Dropout = 0", {"dropout": 0.0}),
        Row("Upsample 2x", {"upsample": 2}),
        Row("Final ours"),
    ),
    extra=EXTRA_ROWS,
)
