"""The rooms stand in an order: imports go down it, never in a circle, and heavy packages wait until they are used."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FRONT = "audio_to_body"  # the package's own module: names of inference and skeleton, for people who import it
# From the ground up. Rooms of one floor do not import each other; a room imports rooms of lower floors.
FLOORS = (
    ("skeleton", "geometry"),
    ("musician", "sound", "tables"),
    ("pictures", "scores"),
    ("inference", "preprocessing"),
    (FRONT,),
    ("avatar", "models"),
    ("onnx_export",),
    ("reproduce", "benchmarks", "scripts"),
    ("command_line",),
    ("infer_onnx", "__main__"),
)
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"tests", "examples", "web", "docs", "setup", "build", "runs", "data"}  # not part of the package
# Installed alone, these run on a plain computer; what is heavy is imported by the functions that use it.
LIGHT = {FRONT, "skeleton", "geometry", "musician", "sound", "tables", "pictures", "scores", "inference", "avatar"}
LIGHT |= {"command_line", "infer_onnx", "__main__"}
HEAVY = {
    *("cv2", "onnxruntime", "panda3d", "direct", "pandas", "pxr"),
    *("torch", "torchvision", "caffe2", "mediapipe", "librosa", "scipy", "onnx", "matplotlib", "music21"),
    *("pretty_midi", "numba", "soundfile", "sounddevice", "yt_dlp", "face_recognition_models", "dlib"),
}
# OpenCV is these modules' hand; only drawing and hearing import them, and they do so when they begin
PROCESSES = (
    "multiprocessing",
    "concurrent.futures.ProcessPoolExecutor",
    "concurrent.futures.process",
    "torch.multiprocessing",
)
OPENCV_MODULES = {"sound.spectra", "pictures.shapes", "pictures.easel", "avatar.lighting", "avatar.render"}


@dataclass(frozen=True)
class Import:
    """One import of a module of the house."""

    importer: str
    imported: str
    line: int
    at_once: bool  # at module level, not for type checkers alone


class House:
    """The modules below a folder: ``inference.stream``; the package itself is FRONT."""

    def __init__(self, folder: Path) -> None:
        self.modules: dict[str, ast.Module] = {}
        rooms = [path for path in folder.iterdir() if path.name[0] != "." and path.stem not in OUTSIDE]
        for path in sorted(found for top in rooms for found in ([top] if top.is_file() else top.rglob("*.py"))):
            if path.suffix != ".py":
                continue
            parts = path.relative_to(folder).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts) or FRONT
            self.modules[name] = ast.parse(path.read_text(encoding="utf-8"))
        self.imports = [found for name in self.modules for found in self._own_imports(name)]

    def _own_imports(self, name: str) -> Iterator[Import]:
        for target, line, at_once in imports(self.modules[name]):
            if target == FRONT or target.startswith(f"{FRONT}."):
                inner = target[len(FRONT) + 1 :]
                while inner and inner not in self.modules:  # the name of a class or a function
                    inner = inner.rpartition(".")[0]
                yield Import(name, inner or FRONT, line, at_once)

    def upwards(self) -> list[str]:
        """Imports of a higher floor, or of a neighbour on the same one."""
        return [
            f"{i.importer}:{i.line} imports {i.imported}"
            for i in self.imports
            if room(i.importer) != room(i.imported) and FLOOR[room(i.imported)] >= FLOOR[room(i.importer)]
        ]

    def circles(self) -> list[list[str]]:
        """Groups of modules that reach each other."""
        leads = {name: {i.imported for i in self.imports if i.importer == name} for name in self.modules}
        reach = {name: reached(name, leads) for name in leads}
        groups = {tuple(sorted(o for o in reach[name] if name in reach[o])) for name in leads if name in reach[name]}
        return [list(group) for group in sorted(groups)]

    def outside_at_once(self, name: str) -> list[str]:
        """Packages that a module imports at module level."""
        return [target.split(".")[0] for target, _, at_once in imports(self.modules[name]) if at_once]

    def heavy_at_once(self) -> list[tuple[str, str]]:
        """Modules of light rooms and the heavy packages that they import at module level."""
        light = [name for name in self.modules if room(name) in LIGHT]
        return [(name, package) for name in light for package in self.outside_at_once(name) if package in HEAVY]

    def process_starters(self) -> list[str]:
        """Modules that can start processes of Python by themselves."""
        named = {name: {target for target, _, _ in imports(tree)} for name, tree in self.modules.items()}
        return [name for name, targets in named.items() if any(t.startswith(PROCESSES) for t in targets)]

    def loaded_with(self, name: str) -> set[str]:
        """Every module of the house that importing one loads at once."""
        leads: dict[str, set[str]] = {name: set() for name in self.modules}
        for i in self.imports:
            if i.at_once:
                parts = i.imported.split(".")
                leads[i.importer] |= {".".join(parts[: n + 1]) for n in range(len(parts))} & set(self.modules)
        return reached(name, leads) | {name}


def imports(tree: ast.Module) -> Iterator[tuple[str, int, bool]]:
    """Dotted names that a module imports, their lines, and whether that happens when it is itself imported."""

    def walk(node: ast.AST, at_once: bool) -> Iterator[tuple[str, int, bool]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                yield from ((alias.name, child.lineno, at_once) for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert not child.level, f"line {child.lineno}: imports name the whole path"
                yield from ((f"{child.module}.{alias.name}", child.lineno, at_once) for alias in child.names)
            else:
                later = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
                later = later or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test))
                yield from walk(child, at_once and not later)

    return walk(tree, True)


def room(module: str) -> str:
    """The room of a module."""
    return module.split(".")[0]


def reached(start: str, leads: dict[str, set[str]]) -> set[str]:
    """What can be reached from a module in one step or more."""
    found: set[str] = set()
    waiting = [start]
    while waiting:
        new = leads[waiting.pop()] - found
        found |= new
        waiting.extend(new)
    return found


@pytest.fixture(scope="module")
def house(repository) -> House:
    return House(repository)


def test_every_room_has_its_floor(house):
    assert {room(name) for name in house.modules} == set(FLOOR)


def test_no_import_goes_up_or_to_a_neighbour(house):
    assert house.upwards() == []


def test_the_front_names_inference_and_skeleton_alone(house):
    assert {room(i.imported) for i in house.imports if i.importer == FRONT} <= {"inference", "skeleton"}


def test_no_modules_import_each_other_in_a_circle(house):
    assert house.circles() == []


def test_light_rooms_import_heavy_packages_where_they_use_them(house):
    allowed = {(name, "cv2") for name in OPENCV_MODULES}
    assert set(house.heavy_at_once()) == allowed


def test_workers_are_started_where_they_learn_to_end_with_their_parent(house):
    assert house.process_starters() == ["skeleton.workers"]


def test_bars_are_drawn_where_it_is_known_who_looks(house):
    drawing = [name for name, tree in house.modules.items() if any(t.startswith("tqdm") for t, _, _ in imports(tree))]
    assert drawing == ["skeleton.progress"]


def test_commands_answer_before_anything_heavy_is_loaded(house):
    commands = [n for n in house.modules if n.endswith("__main__") and room(n) in LIGHT | {"models", "onnx_export"}]
    commands += [n for n in house.modules if room(n) in ("command_line", "infer_onnx", "__main__", FRONT)]
    assert len(commands) > 5
    for command in commands:
        loaded = [target for name in house.loaded_with(command) for target in house.outside_at_once(name)]
        assert not HEAVY & set(loaded), command


def test_faults_built_in_by_hand_are_found(tmp_path):
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)

    write("skeleton/ground.py", "def f():\n    from audio_to_body.inference.stream import Stream\n")
    write("musician/one.py", "if TYPE_CHECKING:\n    import audio_to_body.sound.two\n")
    write("sound/two.py", "from audio_to_body.skeleton import ground\nimport librosa.core\n")
    write("models/pool.py", "def f():\n    from concurrent.futures import Future, ProcessPoolExecutor\n")
    write("models/context.py", "import multiprocessing\n")
    write("models/threads.py", "from concurrent.futures import Future, ThreadPoolExecutor\n")
    write("inference/stream.py", "from audio_to_body.inference import session\n")
    write(
        "inference/session.py", "def f():\n    import torch\n    from audio_to_body.inference.stream import Stream\n"
    )
    built = House(tmp_path)
    assert built.upwards() == [
        "musician.one:2 imports sound.two",
        "skeleton.ground:2 imports inference.stream",
    ]
    assert built.circles() == [["inference.session", "inference.stream"]]
    assert built.heavy_at_once() == [("sound.two", "librosa")]
    assert built.process_starters() == ["models.context", "models.pool"]
    assert built.loaded_with("inference.stream") == {"inference.session", "inference.stream"}
