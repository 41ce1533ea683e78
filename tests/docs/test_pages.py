"""What README and docs/ say exists: commands with their flags, make targets, files, links, imports, tracks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from audio_to_body.command_line.main import COMMANDS

REPOSITORY = Path(__file__).resolve().parent.parent.parent
README = REPOSITORY / "README.md"
PAGES = [
    *(REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted((REPOSITORY / "models" / "pretrained").glob("*.md")),
]
LARGEST_README = 10_240  # bytes: read in three minutes
CODE = re.compile(r"```.*?```|`[^`\n]+(?:\n[^`\n]+)?`", re.DOTALL)  # blocks, and spans that may run over a line's end
MADE_BY_THE_PERSON = {"my_recitals", "runs", "data", "site"}
FLAG = re.compile(r"(?<![\w-])(--[a-z][a-z-]+)")
OLD_NAMES = re.compile(
    r"from (?:inference|avatar|models|preprocessing|skeleton|tables|reproduce|onnx_export)\b"
    r"|python -m (?!audio_to_body|venv|pip|pytest|http)[a-z_.]+"
    r"|preprocessing[./](?:sound|pictures)\b|preprocessing[./]virtual[./](?:body|hands|vectors|kinematics|camera)"
    r"|inference[./](?:bow_|left_hand|violin_player|piano_planner|piano_player)"
)


def code_of(page: Path) -> list[str]:
    """Lines of code on a page: of its blocks, and every span."""
    found = []
    for part in CODE.findall(page.read_text(encoding="utf-8")):
        if part.startswith("```"):
            found += part.splitlines()[1:-1]
        else:
            found.append(" ".join(part.strip("`").split()))
    return found


def calls(start: str) -> list[tuple[str, str]]:
    """``(page, rest of the command)`` of every command that begins with a text, up to a pipe or comment."""
    pattern = re.compile(re.escape(start) + r"([^|#;]*)")
    return [(page.name, rest) for page in PAGES for line in code_of(page) for rest in pattern.findall(line)]


MODULES = sorted({rest.split()[0] for _, rest in calls("python -m ") if rest.startswith("audio_to_body")})


@cache
def help_of(*command: str) -> str:
    """What a command's ``--help`` prints; it must end with 0."""
    told = subprocess.run([sys.executable, "-m", *command, "--help"], capture_output=True, text=True, timeout=120)
    assert told.returncode == 0, f"{' '.join(command)} --help: {told.stderr[-500:]}"
    return told.stdout


def test_the_pages_name_commands_at_all():
    assert len(MODULES) > 10
    assert len(calls("audio-to-body ")) > 10
    assert len(calls("make ")) > 10


@pytest.mark.parametrize("module", MODULES)
def test_every_module_that_is_named_runs_and_has_the_flags(module):
    known = help_of(module)
    for page, rest in calls("python -m "):
        if rest.split()[0] == module:
            unknown = set(FLAG.findall(rest)) - set(FLAG.findall(known))
            assert not unknown, f"{page} gives {module} {unknown}"


def test_every_audio_to_body_command_exists_and_has_the_flags():
    for page, rest in calls("audio-to-body "):
        words = rest.split()
        if not words or words[0] == "COMMAND" or words[0].startswith("-"):
            continue
        assert words[0] in COMMANDS, f"{page}: audio-to-body {rest}"
        unknown = set(FLAG.findall(rest)) - set(FLAG.findall(help_of("audio_to_body.command_line.main", words[0])))
        assert not unknown, f"{page}: audio-to-body {words[0]} has no {unknown}"


def test_every_flag_of_infer_onnx_exists():
    known = set(FLAG.findall(help_of("audio_to_body.command_line.play")))
    for page, rest in calls("python infer_onnx.py"):
        assert set(FLAG.findall(rest)) <= known, f"{page}: infer_onnx.py{rest}"


def test_every_flag_that_stands_alone_belongs_to_a_command_that_is_named():
    """In tables a flag stands without its command."""
    known = {flag for module in MODULES for flag in FLAG.findall(help_of(module))}
    known |= {flag for name in COMMANDS for flag in FLAG.findall(help_of("audio_to_body.command_line.main", name))}
    for page in PAGES:
        for line in code_of(page):
            if line.startswith("--") and not line.startswith(("--help", "--version")):
                assert set(FLAG.findall(line)) <= known, f"{page.name}: {line}"


def test_every_make_target_and_variable_exists():
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    targets = {name for line in re.findall(r"^([a-z0-9 -]+):", makefile, re.MULTILINE) for name in line.split()}
    for page, rest in calls("make "):
        words = rest.split()
        assert words[0] in targets, f"{page}: make {rest}"
        for variable in re.findall(r"\b([A-Z]+)=", rest):
            assert f"$({variable})" in makefile or f"'$({variable})'" in makefile or f"(or $({variable})" in makefile


def test_every_script_and_file_that_is_named_exists():
    named = re.compile(r"(?<![\w./-])((?:[\w-]+/)+[\w.-]+\.(?:py|sh|html|csv|ipynb|md|cff))(?![\w/])")
    for page in PAGES:
        for line in code_of(page):
            for path in named.findall(line):
                if path.split("/")[0] not in MADE_BY_THE_PERSON:
                    assert (REPOSITORY / path).exists(), f"{page.name} names {path}"


def test_every_room_stands_in_the_drawing_of_the_house():
    rooms = {path.parent.name for path in REPOSITORY.glob("*/__init__.py")} - {"tests", "benchmarks"}
    page = (REPOSITORY / "docs" / "how.md").read_text(encoding="utf-8")
    for room in rooms:
        assert re.search(rf"^\|[^|]*`{room}/`", page, re.MULTILINE), f"{room}/ stands in no row of docs/how.md"


def test_links_resolve_where_the_pages_stand():
    """Also where they are read without the site, as a forge shows them."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert "--8<--" not in text, f"{page.name} takes in a file, which the site alone shows"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name} leads to {target}"


def test_no_page_uses_a_name_of_old():
    for page in PAGES:
        if page.name == "CHANGELOG.md":  # it says what became of them
            continue
        found = OLD_NAMES.findall(page.read_text(encoding="utf-8"))
        assert not found, f"{page.name}: {found}"


def test_python_on_the_pages_can_be_read_and_imported():
    seen = 0
    for page in PAGES:
        for block in re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("audio_to_body"):
                    for alias in node.names:
                        assert hasattr(import_module(str(node.module)), alias.name), f"{page.name}: {alias.name}"
                        seen += 1
    assert seen >= 4


def test_every_module_of_the_api_is_there():
    named = [
        name
        for page in (REPOSITORY / "docs" / "api").glob("*.md")
        for name in re.findall(r"^::: (\S+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    ]
    assert len(named) > 40
    for name in named:
        parts = name.split(".")[1:]
        found = [
            (REPOSITORY.joinpath(*parts[:end])).with_suffix(".py").is_file() or REPOSITORY.joinpath(*parts).is_dir()
            for end in (len(parts), len(parts) - 1)  # a module, or what a module holds
        ]
        assert any(found), f"docs/api names {name}"


def test_the_readme_is_short():
    assert README.stat().st_size <= LARGEST_README


def test_change_log_and_citation_are_of_this_version():
    from audio_to_body import __version__

    assert f"\nversion: {__version__}\n" in (REPOSITORY / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {__version__} " in (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_citation_names_the_paper_and_this_software():
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with the site's packages (setup.py, docs)")
    cited = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "license"} <= cited.keys()
    paper = cited["preferred-citation"]
    assert (paper["title"], paper["year"], len(paper["authors"])) == ("Audio to Body Dynamics", 2018, 4)


def test_the_moving_picture_moves_and_is_light():
    picture = REPOSITORY / "docs" / "images" / "playing.webp"
    data = picture.read_bytes()
    assert len(data) < 1_000_000
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WEBP"
    assert data.count(b"ANMF") > 24  # pictures: more than a second
    assert "CC BY 3.0" in README.read_text(encoding="utf-8")


@pytest.mark.parametrize("instrument", ["violin", "piano"])
def test_every_track_of_a_motion_is_explained(instrument):
    import numpy as np

    from audio_to_body import load, predict

    tone = np.sin(2 * np.pi * 440 * np.arange(44_100) / 44_100).astype(np.float32)
    page = (REPOSITORY / "docs" / "formats.md").read_text(encoding="utf-8")
    for name in predict(tone, load(instrument)).tracks:
        assert f"`track_{name}`" in page
