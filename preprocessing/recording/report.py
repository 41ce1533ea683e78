"""The quality report: one HTML page that shows whether a dataset can be trusted."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from audio_to_body.preprocessing.dataset import Dataset
from audio_to_body.preprocessing.pca import KEPT_VARIANCE, components_for
from audio_to_body.preprocessing.recital_file import Reason, Recital
from audio_to_body.preprocessing.recording.overlay import REASON_TEXT
from audio_to_body.preprocessing.recording.recital import DETECTIONS, SHEET
from audio_to_body.preprocessing.variance import explained_variance
from audio_to_body.skeleton.files import write_text
from audio_to_body.skeleton.rates import VIDEO_FPS

if TYPE_CHECKING:
    from audio_to_body.preprocessing.recording.collection import Outcome

REPORT = "report.html"
REASON_COLOURS = {
    Reason.NO_PERSON: "#7f8c8d",
    Reason.MISSING_PART: "#e0a100",
    Reason.BOX_TOO_FAR: "#8e44ad",
    Reason.WRONG_FACE: "#c0392b",
    Reason.JUMP: "#2471a3",
    Reason.WRONG_PERSON: "#16a085",
}
WRIST_COLOURS = {"left_wrist": "#e8743b", "right_wrist": "#1f9bb5"}
_BINS = 120  # of the time axis
_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 1340px; padding: 0 1rem; color: #222; }
h1, h2 { font-weight: 600; } h2 { margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }
table { border-collapse: collapse; margin: 1rem 0; } th, td { padding: .25rem .8rem; text-align: right; }
th { border-bottom: 2px solid #888; } tr:nth-child(even) td { background: #f6f6f6; } td:first-child, th:first-child
{ text-align: left; } img { max-width: 100%; } .refused { color: #c0392b; } .note { color: #666; }
"""


def write_report(folder: Path, outcomes: Sequence[Outcome] = ()) -> Path:
    """Write ``report.html`` into a dataset folder.

    Parameters
    ----------
    folder : Path
        A finished dataset.
    outcomes : sequence of Outcome
        Of the run that made it: refusals and remarks stand in the report.

    Returns
    -------
    Path
    """
    dataset = Dataset(folder)
    captured = explained_variance(dataset.recitals("train", rates=()))
    parts = [_head(dataset, captured)]
    parts += [
        f'<p class="refused">{html.escape(outcome.name)}: {html.escape(outcome.refusal)}</p>'
        for outcome in outcomes
        if outcome.refusal
    ]
    if len(captured):
        parts.append(_image(_variance_plot(captured), "explained variance"))
    remarks = {outcome.name: outcome.remarks for outcome in outcomes}
    for recital in dataset:
        parts.append(_section(folder, dataset, recital, remarks.get(recital.name, ())))
    page = f"<!doctype html><meta charset=utf-8><title>{html.escape(folder.name)}</title><style>{_STYLE}</style>"
    write_text(folder / REPORT, (page + "\n".join(parts) + "\n"))
    return folder / REPORT


def _head(dataset: Dataset, captured: np.ndarray) -> str:
    manifest = dataset.manifest
    reasons = sorted({reason for entry in manifest.recitals for reason in entry.dropped})
    titles = ["recital", "split", "minutes", "frames", "kept", "kept %", *(r.replace("_", " ") for r in reasons)]
    rows = [
        [
            entry.name,
            entry.split,
            f"{entry.seconds / 60:.1f}",
            entry.frames,
            entry.kept,
            f"{100 * entry.kept / max(entry.frames, 1):.1f}",
            *(entry.dropped.get(reason, 0) for reason in reasons),
        ]
        for entry in manifest.recitals
    ]
    frames, kept = (sum(getattr(entry, part) for entry in manifest.recitals) for part in ("frames", "kept"))
    detectors = manifest.settings.get("detectors", "unknown detectors")
    return (
        f"<h1>{html.escape(dataset.folder.name)}: {html.escape(manifest.instrument)}</h1>"
        f"<p>{len(rows)} recitals, {frames / VIDEO_FPS / 60:.1f} minutes, {frames} frames at {manifest.fps:g}/s;"
        f" {100 * (1 - kept / max(frames, 1)):.1f} % were dropped (the paper dropped about 10 %). Detectors:"
        f" {html.escape(str(detectors))}. {components_for(captured)} principal components capture"
        f" {KEPT_VARIANCE:.0%} of the variance.</p>{_table(titles, rows)}"
    )


def _table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    head = "".join(f"<th>{html.escape(str(title))}</th>" for title in titles)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(v))}</td>" for v in row) + "</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _section(folder: Path, dataset: Dataset, recital: Recital, remarks: Sequence[str]) -> str:
    sheet = folder / DETECTIONS / recital.name / SHEET
    parts = [f"<h2>{html.escape(recital.name)}</h2>", f'<p class="note">{html.escape(recital.source)}</p>']
    parts += [f'<p class="note">{html.escape(remark)}</p>' for remark in remarks]
    if sheet.is_file():
        parts.append(_image(sheet.read_bytes(), "contact sheet", "jpeg"))
    parts.append(_image(_recital_plot(dataset, recital), "dropped frames and wrist paths"))
    return "\n".join(parts)


def _image(data: bytes, title: str, kind: str = "png") -> str:
    return f'<p><img alt="{title}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}"></p>'


def _figure(width: float, height: float, columns: int) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _png(figure: Any) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=100)
    return buffer.getvalue()


def _variance_plot(captured: np.ndarray) -> bytes:
    """Explained variance over the number of components, with the paper's 90 % marked."""
    figure, (axes,) = _figure(6, 3, 1)
    shown = min(len(captured), max(20, components_for(captured, 0.99) + 3))
    axes.plot(np.arange(1, shown + 1), 100 * captured[:shown], "o-", color="#36405c", markersize=4)
    axes.axhline(100 * KEPT_VARIANCE, color="#c0392b", linewidth=1, linestyle="--")
    axes.axvline(components_for(captured), color="#c0392b", linewidth=1, linestyle="--")
    axes.set(xlabel="principal components", ylabel="variance captured, %", ylim=(min(50, 100 * captured[0] - 5), 101))
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(alpha=0.3)
    return _png(figure)


def drops_over_time(reason: np.ndarray, bins: int) -> dict[Reason, np.ndarray]:
    """Share of the frames dropped for each reason in equal stretches of time.

    Parameters
    ----------
    reason : np.ndarray [frames]
    bins : int

    Returns
    -------
    dict of Reason to np.ndarray, float64 [bins]
        Reasons that occur.
    """
    edges = np.linspace(0, len(reason), min(bins, len(reason)) + 1).round().astype(int)
    widths = np.maximum(np.diff(edges), 1)
    found = [Reason(code) for code in np.unique(reason) if code != Reason.KEPT]
    return {r: np.add.reduceat((reason == r).astype(float), edges[:-1]) / widths for r in found}


def _recital_plot(dataset: Dataset, recital: Recital) -> bytes:
    figure, (drops, before, after) = _figure(13, 3.6, 3)
    minutes = len(recital) / VIDEO_FPS / 60
    base: Any = 0.0
    for reason, share in drops_over_time(recital.reason, _BINS).items():
        places = (np.arange(len(share)) + 0.5) / len(share) * minutes
        width = minutes / len(share)
        drops.bar(places, 100 * share, width, bottom=base, color=REASON_COLOURS[reason], label=REASON_TEXT[reason])
        base = base + 100 * share
    drops.set(title="dropped frames", xlabel="minutes", ylabel="%", xlim=(0, minutes), ylim=(0, 100))
    if recital.reason.any():
        drops.legend(fontsize=8)
    for axes, points, size, title in (
        (before, recital.keypoints, recital.frame_size, "wrist paths, as detected"),
        (after, recital.aligned(), dataset.manifest.frame_size, "wrist paths, aligned"),
    ):
        for wrist, colour in WRIST_COLOURS.items():
            if dataset.layout.has(wrist):
                path = np.where(recital.kept[:, None], points[:, dataset.layout.index(wrist)], np.nan)
                axes.plot(*path.T, color=colour, linewidth=0.5, alpha=0.7, label=wrist.replace("_", " "))
        axes.set(title=title, xlim=(0, size[0]), ylim=(size[1], 0), aspect="equal", xlabel="px")
        axes.legend(fontsize=8)
    return _png(figure)
