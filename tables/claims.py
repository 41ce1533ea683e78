"""What Section 6 of the paper says of its tables, sentence by sentence, and whether our tables bear it out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.comparison import FINAL, Comparison
from audio_to_body.tables.intervals import Estimate
from audio_to_body.tables.paper import PAPER, paper_row

HOLDS, FAILS, OPEN, MISSING = "holds", "fails", "cannot be told", "not run"
WORSE, BETTER, NO_BETTER = "worse", "better", "no better"
# A setting that does no better may still do better by so little that nobody would use it: a share of the error
MARGIN = 0.02


@dataclass(frozen=True)
class Comparand:
    """Two rows held against each other in one column.

    Attributes
    ----------
    row, other : str
        Rows of the table.
    part : str
        ``train``, ``valid``, ``test``, or ``test_all`` (dropped frames included), which the paper has no numbers of.
    says : str
        What is said of ``row`` against ``other``: ``"worse"``, ``"better"`` or ``"no better"``.
    """

    row: str
    other: str
    part: str
    says: str


@dataclass(frozen=True)
class Claim:
    """One sentence.

    Attributes
    ----------
    sentence : str
        In the paper's words where it has any.
    source : str
        Where it says so.
    compared : tuple of Comparand
        Each is judged; rows that a table does not have are passed over.
    """

    sentence: str
    source: str
    compared: tuple[Comparand, ...]


def _against_final(row: str, says: str, *parts: str) -> tuple[Comparand, ...]:
    return tuple(Comparand(row, FINAL, part, says) for part in parts)


CLAIMS = (
    Claim(
        "It is important to filter out all bad frames: errors drop significantly",
        "Sec. 6",
        _against_final("Frames not dropped", WORSE, "train", "valid", "test", "test_all"),
    ),
    Claim(
        "With half of the training data we improve the training error",
        "Sec. 6",
        _against_final("50% training data", BETTER, "train"),
    ),
    Claim("... but the test error is larger", "Sec. 6", _against_final("50% training data", WORSE, "test")),
    Claim(
        "By using fewer PCA coefficients we can fit better to the training data",
        "Sec. 6",
        (
            *_against_final("PCA coeff = 5", BETTER, "train"),
            Comparand("PCA coeff = 5", "PCA coeff = 30", "train", BETTER),
        ),
    ),
    Claim(
        "... but the test error is larger than using more coefficients",
        "Sec. 6",
        (
            *_against_final("PCA coeff = 5", WORSE, "test"),
            Comparand("PCA coeff = 5", "PCA coeff = 30", "test", WORSE),
        ),
    ),
    Claim(
        "Using dropout does not improve results",
        "Sec. 6",
        (
            Comparand(FINAL, "Dropout = 0", "test", NO_BETTER),
            Comparand("Dropout = 0.6", "Dropout = 0", "test", NO_BETTER),
        ),
    ),
    Claim("Time delay helps improve results", "Sec. 6", _against_final("No time delay", WORSE, "test")),
    Claim(
        "Interpolating missing data is worse than leaving the frames out",
        "Table 2",
        _against_final("Interpolated missing data", WORSE, "test"),
    ),
    Claim(
        "Upsampling four times is better than twice or six times",
        "Tables 1, 2",
        (*_against_final("Upsample 2x", WORSE, "test"), *_against_final("Upsample 6x", WORSE, "test")),
    ),
    Claim(
        "Sequences of 60 steps are better than longer ones",
        "Tables 1, 2",
        (*_against_final("Seq. length = 200", WORSE, "test"), *_against_final("Seq. length = 500", WORSE, "test")),
    ),
    Claim(
        "15 PCA coefficients are better than 30",
        "Tables 1, 2",
        _against_final("PCA coeff = 30", WORSE, "test"),
    ),
    Claim(
        "The final setting tests better than every other row",
        "Tables 1, 2",
        tuple(
            Comparand(row, FINAL, "test", WORSE)
            for row in dict.fromkeys(line.row for table in PAPER.values() for line in table)
            if row != FINAL
        ),
    ),
)


@dataclass(frozen=True)
class Judged:
    """A comparison with its verdict.

    Attributes
    ----------
    compared : Comparand
    paper : tuple of (float, float), or None
        The paper's numbers of both rows.
    ours : Estimate or None
        Difference of the rows, px; None where one was not run.
    verdict : str
    reason : str
        What was not run.
    """

    compared: Comparand
    paper: tuple[float, float] | None
    ours: Estimate | None
    verdict: str
    reason: str = ""


def verdict_of(says: str, difference: Estimate, error: float) -> str:
    """Whether a difference bears out what is said of it.

    Parameters
    ----------
    says : str
        ``"worse"`` holds where the interval lies above 0 and fails where it lies below; ``"better"`` the other way
        round. ``"no better"`` fails where the interval lies below 0, and holds where it leaves out every gain that is
        larger than :data:`MARGIN` of the error.
    difference : Estimate
    error : float
        Of the row that the first is held against, px.
    """
    if not difference.told:
        return OPEN
    if says == NO_BETTER:
        if difference.sign < 0:
            return FAILS
        return HOLDS if difference.low > -MARGIN * error else OPEN
    wanted = {WORSE: 1, BETTER: -1}[says]
    return {wanted: HOLDS, -wanted: FAILS}.get(difference.sign, OPEN)


def paper_numbers(table: str, compared: Comparand) -> tuple[float, float] | None:
    """The paper's numbers of both rows in the column; None where it has none."""
    first, second = paper_row(table, compared.row), paper_row(table, compared.other)
    if first is None or second is None or not hasattr(first, compared.part):
        return None
    return getattr(first, compared.part), getattr(second, compared.part)


def applies(table: str, compared: Comparand) -> bool:
    """Whether a table of the paper has both rows."""
    return paper_row(table, compared.row) is not None and paper_row(table, compared.other) is not None


def judge(results: Comparison, compared: Comparand) -> Judged:
    """Hold one comparison against our results."""
    paper = paper_numbers(results.table, compared)
    try:
        difference = results.difference(compared.row, compared.other, compared.part)
        error = results.mean(compared.other, compared.part).mean
    except BadInput as missing:
        return Judged(compared, paper, None, MISSING, str(missing))
    return Judged(compared, paper, difference, verdict_of(compared.says, difference, error))


def joined(verdicts: Sequence[str]) -> str:
    """One verdict of several: a sentence holds where all of it holds, and fails where any of it fails."""
    for one in (FAILS, MISSING, OPEN):
        if one in verdicts:
            return one
    return HOLDS if verdicts else MISSING


def paper_verdict(judged: Judged) -> str:
    """Whether the paper's own two numbers, taken as they are, go the way that is said of them."""
    if judged.paper is None:
        return ""
    first, second = judged.paper
    says = judged.compared.says
    agrees = {WORSE: first > second, BETTER: first < second, NO_BETTER: first >= second}[says]
    return HOLDS if agrees else FAILS
