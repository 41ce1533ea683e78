"""Pages of the site that are made of files which live elsewhere, and links between docstrings: a MkDocs hook.

Model cards, change log, contributing and examples are read where they stand, so that nothing is written twice.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.nav import Navigation, Page, Section

REPOSITORY = Path(__file__).resolve().parent.parent
CARDS = REPOSITORY / "models" / "pretrained"
EXAMPLES = REPOSITORY / "examples"
READ_WHERE_THEY_STAND = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
PAGES_INSTEAD = (
    (re.compile(r"\]\(\.\./examples/?\)"), "](examples.md)"),
    (re.compile(r"\]\(\.\./models/pretrained/"), "](models/"),
    (re.compile(r"\]\(\.\./\.\./models/pretrained/"), "]("),  # on models/index.md
)
CARDS_SECTION = "Model cards"
# a docstring's role, as mkdocstrings leaves it: :func:<code>~audio_to_body.room.module.name</code>
ROLE = re.compile(r":(?:func|class|meth|attr|mod|data|exc|const):<code>(~?)([\w.]+)</code>")
# a link of its own line: whoever reads docs/ without the site follows it
TABLE = re.compile(r"^\[[^\]]+\]\(\.\./(tables/results/[\w.-]+\.md)\)$", re.MULTILINE)
LINK_INTO_DOCS = re.compile(r"\]\(docs/([^)]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that no file in docs/ holds."""
    for card in sorted(CARDS.glob("*.md")):
        text = card.read_text(encoding="utf-8")
        # `on_nav` puts it into the navigation, which mkdocs.yml cannot know
        listed_later = InclusionLevel.NOT_IN_NAV
        files.append(File.generated(config, f"models/{card.name}", content=text, inclusion=listed_later))
    for page, source in READ_WHERE_THEY_STAND.items():
        text = (REPOSITORY / source).read_text(encoding="utf-8")
        files.append(File.generated(config, page, content=LINK_INTO_DOCS.sub(r"](\1)", text)))
    files.append(File.generated(config, "examples.md", content=examples_page()))
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Put every model card under its heading, however many there are."""
    section = next(item for item in nav.items if isinstance(item, Section) and item.title == CARDS_SECTION)
    for card in sorted(CARDS.glob("*.md")):
        file = files.get_file_from_path(f"models/{card.name}")
        assert file is not None
        page = file.page or Page(None, file, config)
        page.parent = section
        section.children.append(page)
        nav.pages.append(page)
    return nav


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put tables in the place of links to them, and lead links out of docs/ to the site's own pages."""

    def table(link: re.Match[str]) -> str:
        path = REPOSITORY / link[1]
        return path.read_text(encoding="utf-8").strip() if path.is_file() else link[0]  # which MkDocs then warns of

    markdown = TABLE.sub(table, markdown)
    for pattern, page in PAGES_INSTEAD:
        markdown = pattern.sub(page, markdown)
    return markdown


def on_page_content(html: str, **_: Any) -> str:
    """Turn the roles of docstrings into links where the page of that name exists."""

    def linked(role: re.Match[str]) -> str:
        shown = role[2].rsplit(".", 1)[-1] if role[1] or role[2].startswith("audio_to_body.") else role[2]
        return f'<autoref optional identifier="{role[2]}"><code>{shown}</code></autoref>'

    return ROLE.sub(linked, html)


def examples_page() -> str:
    """Every numbered example in full, under what its docstring says first."""
    parts = [
        "# Examples",
        "",
        "Short files in `examples/` that run as they stand; the tests run every one of them. "
        "The notebook `examples/listen_and_look.ipynb` plots a motion and shows its video.",
        "",
    ]
    for path in sorted(EXAMPLES.glob("[0-9]*.py")):
        text = path.read_text(encoding="utf-8")
        first = (ast.get_docstring(ast.parse(text)) or path.stem).splitlines()[0]
        heading, _, _ = first.partition(":")
        parts += [f"## {heading}", "", f"`python examples/{path.name}`", "", "```python", text.rstrip(), "```", ""]
    return "\n".join(parts)
