"""The site's own code: roles of docstrings become links, cards and examples become pages, modules are copied."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "scripts"


def script(name: str):
    found = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def pages():
    pytest.importorskip("mkdocs", reason="the site needs MkDocs (setup.py, docs)")
    return script("docs_pages")


def test_a_role_becomes_a_link_that_may_lead_nowhere(pages):
    html = "<p>see :func:<code>~audio_to_body.sound.audio.rms_gain</code> and :attr:<code>bones</code></p>"
    assert pages.on_page_content(html) == (
        '<p>see <autoref optional identifier="audio_to_body.sound.audio.rms_gain"><code>rms_gain</code></autoref>'
        ' and <autoref optional identifier="bones"><code>bones</code></autoref></p>'
    )


def test_every_numbered_example_stands_on_its_page_in_full(pages):
    page = pages.examples_page()
    shipped = sorted((SCRIPTS.parent / "examples").glob("[0-9]*.py"))
    assert len(shipped) >= 12
    for path in shipped:
        assert path.read_text(encoding="utf-8").rstrip() in page


def test_a_table_stands_in_the_place_of_the_link_to_it(pages):
    name = "tables/results/table1-virtual-default.md"
    shown = pages.on_page_markdown(f"Before.\n\n[{name}](../{name})\n\nAs [Table 1](../{name}) says.\n")
    assert (SCRIPTS.parent / name).read_text(encoding="utf-8").strip() in shown
    assert shown.startswith("Before.\n\n**")
    assert shown.endswith(f"As [Table 1](../{name}) says.\n")


def test_links_out_of_the_docs_lead_to_the_site_s_own_pages(pages):
    given = "[a](../examples), [b](../models/pretrained/piano_notes.md#limits), [c](../../models/pretrained/piano.md)"
    assert pages.on_page_markdown(given) == "[a](examples.md), [b](models/piano_notes.md#limits), [c](piano.md)"


def test_the_api_is_made_of_the_rooms_alone(tmp_path):
    package = script("build_docs").copy_modules(tmp_path) / "audio_to_body"
    rooms = {path.name for path in package.iterdir() if path.is_dir()}
    assert {"inference", "avatar", "models", "skeleton", "sound", "musician"} <= rooms
    assert not rooms & {"tests", ".venv", "docs", "examples", "runs"}
    assert not list(package.rglob("*.onnx"))


@pytest.mark.parametrize(("link", "code"), [("good.md#here", 0), ("nowhere.md", 1), ("good.md#nowhere", 1)])
def test_a_link_that_leads_nowhere_fails_the_build(link, code, pages, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text(f"[a link]({link})\n")
    (tmp_path / "pages" / "good.md").write_text("# Good\n\n## Here\n")
    configuration = tmp_path / "mkdocs.yml"
    of_the_site = ["docs_dir: pages", "extra_css: []", "hooks: []", "plugins: []", "nav: [index.md, good.md]", ""]
    configuration.write_text("\n".join([f"INHERIT: {SCRIPTS.parent / 'mkdocs.yml'}", *of_the_site]))
    command = [sys.executable, str(SCRIPTS / "build_docs.py"), "--strict", "--out", str(tmp_path / "site")]
    told = subprocess.run([*command, "--config", str(configuration)], capture_output=True, text=True, timeout=300)
    assert told.returncode == code, told.stderr
    assert ("WARNING" in told.stderr) == bool(code)
