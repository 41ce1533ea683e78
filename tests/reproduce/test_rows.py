from dataclasses import asdict

import pytest

from audio_to_body.models.settings import Settings
from audio_to_body.reproduce.budget import Budget
from audio_to_body.reproduce.experiment import TABLES, chosen_rows
from audio_to_body.reproduce.profiles import PROFILES, profile_named
from audio_to_body.reproduce.rows import NET
from audio_to_body.reproduce.runner import cost, table_tasks
from audio_to_body.skeleton.refusal import BadInput
from audio_to_body.tables.paper import PAPER


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_rows_are_the_papers_in_its_order(name):
    assert [row.name for row in TABLES[name].rows] == [row.row for row in PAPER[name]]
    assert not {row.name for row in TABLES[name].extra} & {row.row for row in PAPER[name]}


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_final_setting_is_the_caption(name):
    final = TABLES[name].settings(TABLES[name].rows[-1], Budget(100, 7), seed=3)
    assert (final.components, final.hidden, final.sequence, final.batch, final.upsample) == (15, 200, 60, 100, 4)
    assert final.delay_ms == 24.0
    assert (final.learning_rate, final.dropout) == {"table1": (2e-3, 0.15), "table2": (1e-3, 0.1)}[name]
    assert (final.epochs, final.updates, final.choice, final.seed) == (7, None, "last", 3)


@pytest.mark.parametrize("name", ["table1", "table2"])
def test_every_row_changes_what_it_says_and_nothing_else(name):
    table = TABLES[name]
    final = asdict(table.settings(table.rows[-1], Budget(16, 1, 9), 0))
    seen = set()
    for row in [*table.rows, *table.extra]:
        changed = {k: v for k, v in asdict(table.settings(row, Budget(16, 1, 9), 0)).items() if v != final[k]}
        assert changed == dict(row.changes)
        seen.add((row.kind, tuple(sorted(changed.items(), key=str))))
    assert len(seen) == len(table.rows) + len(table.extra)  # no two rows are the same experiment
    assert len({row.slug for row in [*table.rows, *table.extra]}) == len(seen)


def test_section_4_setting():
    table = TABLES["table1"]
    row = next(row for row in table.extra if row.name == "Section 4's setting")
    settings = table.settings(row, Budget(100, 300), 0)
    assert settings.delay == 5
    assert (settings.hidden, settings.sequence, settings.dropout, settings.learning_rate) == (200, 400, 0.4, 5e-3)
    assert settings.components == 10


def test_unknown_rows_and_profiles_are_refused_with_the_known_ones():
    with pytest.raises(BadInput, match=r"table1 has no row 'Upsample 5x'; its rows are: Frames not dropped"):
        chosen_rows(TABLES["table1"], PROFILES["smoke"], ["Upsample 5x"])
    with pytest.raises(BadInput, match="unknown profile 'fast'; PROFILE is one of smoke, default, paper"):
        profile_named("fast")


def test_paper_profile_is_the_papers_size():
    paper = PROFILES["paper"]
    assert paper.epochs == Settings().epochs == 300
    assert paper.lanes == Settings().batch == 100
    assert paper.minutes == {"violin": pytest.approx(216), "piano": pytest.approx(264)}


def test_seeds_multiply_nets_but_not_baselines(tmp_path):
    class Folder:
        folder = tmp_path

    table = TABLES["table2"]
    tasks = table_tasks(table, [*table.rows, *table.extra], Folder(), Budget(16, 5, 50), range(3), "run")
    nets = [task for task in tasks if task.kind == NET]
    assert len(nets) == 3 * (len(table.rows) + len([r for r in table.extra if r.kind == NET]))
    assert len(tasks) - len(nets) == 2
    assert len({task.folder for task in tasks}) == len(tasks)
    # as many updates: the longest chunks cost most; as many epochs: two layers do
    assert max(tasks, key=cost).settings.sequence == 400
    epochs = table_tasks(table, [*table.rows, *table.extra], Folder(), Budget(16, 5), range(1), "run")
    assert max(epochs, key=cost).settings.layers == 2
