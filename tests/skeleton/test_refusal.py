import pytest

from audio_to_body.skeleton.refusal import BadInput, run_command


def refuse():
    raise BadInput("a.wav is empty (0 bytes); was it copied completely?")


def interrupt():
    raise KeyboardInterrupt


def test_refusal_is_one_sentence_and_exit_2(capsys):
    assert run_command(refuse) == 2
    assert capsys.readouterr().err == "error: a.wav is empty (0 bytes); was it copied completely?\n"


def test_success_and_interruption(capsys):
    assert run_command(lambda: None) == 0
    assert run_command(lambda code: code, 1) == 1
    assert run_command(interrupt) == 130


def test_a_defect_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError):
        run_command(lambda: 1 // 0)
