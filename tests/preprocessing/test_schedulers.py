import math
import operator
import os

import pytest

from audio_to_body.preprocessing.schedulers import run_tasks
from audio_to_body.skeleton.refusal import BadInput


def test_local_answers_every_task_once():
    answers = dict(run_tasks("local", operator.neg, [3, 1, 2], workers=2))
    assert answers == {0: -3, 1: -1, 2: -2}


def test_a_task_that_fails_does_not_stop_the_others():
    answers = dict(run_tasks("local", math.sqrt, [4.0, -1.0, 9.0], workers=2))
    assert (answers[0], answers[2]) == (2.0, 3.0)
    assert isinstance(answers[1], ValueError)


def test_a_process_that_dies_is_a_failure_not_a_hang():
    answers = dict(run_tasks("local", os._exit, [7], workers=1))
    assert isinstance(answers[0], Exception)


def test_unknown_and_silent_schedulers_are_refused():
    with pytest.raises(BadInput, match="unknown SCHEDULER 'cluster'"):
        list(run_tasks("cluster", operator.neg, [1]))
    pytest.importorskip("distributed")
    with pytest.raises(BadInput, match="no Dask scheduler answers"):
        list(run_tasks("tcp://127.0.0.1:9", operator.neg, [1]))


def test_dask_cluster_gives_the_same_answers():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(
        n_workers=2,
        threads_per_worker=1,
        processes=False,
        dashboard_address=None,
        host="127.0.0.1",
        protocol="tcp://",
    ) as cluster:
        answers = dict(run_tasks(cluster.scheduler_address, operator.neg, [3, 1, 2]))
    assert answers == {0: -3, 1: -1, 2: -2}
