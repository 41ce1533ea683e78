"""Audio to Body Dynamics: install with ``pip install .`` (inference, avatar) or ``pip install .[train]``.

The light install runs on Python 3.9 to 3.13. ``[train]`` is Python 3.9 only: torch 1.10.2 is the last release with
Caffe2 built in, and it pins protobuf, numpy and everything that depends on them.
"""

import re
from pathlib import Path

from setuptools import find_packages, setup

ON_39 = 'python_version < "3.10"'
NEWER = 'python_version >= "3.10"'
HAS_GPU_BUILD = 'platform_machine in "x86_64 AMD64" and sys_platform != "darwin"'
NO_GPU_BUILD = 'platform_machine not in "x86_64 AMD64" or sys_platform == "darwin"'

LIGHT = [
    f"numpy==1.23.5; {ON_39}",
    f"numpy>=1.26; {NEWER}",
    f"onnxruntime-gpu==1.19.2; {HAS_GPU_BUILD} and {ON_39}",
    f"onnxruntime-gpu>=1.19.2; {HAS_GPU_BUILD} and {NEWER}",
    f"onnxruntime>=1.19.2; {NO_GPU_BUILD}",
    # mediapipe needs the contrib build, a superset of opencv-python; two builds side by side break each other
    "opencv-contrib-python==4.11.0.86",
    "imageio-ffmpeg==0.6.0",
    f"pandas==2.3.3; {ON_39}",
    f"pandas>=2.2.3; {NEWER}",
    "tqdm>=4.66",
    # scores: MIDI files, and a General MIDI sound font, which is all that is used of pretty_midi
    "mido==1.3.3",
    "pretty_midi==0.2.11.post0",
    # live output
    "python-osc==1.8.3",
    "websockets==15.0.1",
]

LIVE = ["sounddevice==0.5.6"]  # the microphone; PortAudio comes with it except on Linux

SCORE = [  # ABC and Humdrum; MIDI and MusicXML need nothing more
    f"music21==8.3.0; {ON_39}",
    f"music21>=9.1; {NEWER}",
]

AVATAR = [  # drawing musicians without a graphics card, and USDZ; GLB and BVH need nothing more
    "DracoPy==2.2.0",  # compressed meshes of avatars
    "panda3d==1.10.16",
    f"usd-core==26.8; {ON_39}",
    f"usd-core>=26.8; {NEWER}",
]

TRAIN = [
    *AVATAR,
    # Caffe2 and what it needs
    "torch==1.10.2",
    "torchvision==0.11.3",
    "future==1.0.0",
    "six",
    "protobuf==3.20.3",
    "onnx==1.14.0",
    # preprocessing
    "mediapipe==0.10.9",
    "librosa==0.11.0",
    "soundfile==0.13.1",
    "scipy==1.13.1",
    "dlib-bin==19.24.6",
    "face_recognition_models==0.3.0",
    "yt-dlp==2025.10.14",  # recitals named by their address
    "setuptools==58.1.0",  # face_recognition_models needs pkg_resources
    # virtual recitals: scores
    "music21==8.3.0",
    "numcodecs==0.12.1",  # reads the published human hands (zarr)
    # tables, figures, search
    "matplotlib==3.9.4",
    "optuna==4.5.0",
]

TEST = [
    "pytest==8.4.2",
    "pytest-xdist==3.8.0",
    "hypothesis==6.141.1",
    "ruff==0.17.6",
    "mypy==1.19.1",
    "pandas-stubs==2.2.2.240807",
    "types-tqdm",
    # the notebook of examples/
    "nbclient==0.10.2",
    "nbformat==5.10.4",
    "ipykernel==6.31.0",
]

DOCS = [  # the site in docs/; built without asking anybody for anything
    "mkdocs==1.6.1",
    "mkdocs-material==9.7.7",
    "mkdocstrings==0.30.1",
    "mkdocstrings-python==1.18.2",
]

CLUSTER = ["distributed==2024.8.0"]  # the last Dask for Python 3.9

PACKAGE = "audio_to_body"  # one name in site-packages; its rooms are this folder's
NOT_INSTALLED = ["tests", "tests.*", "benchmarks", "benchmarks.*"]
# the page travels where make page has built it
PAGE = f"{PACKAGE}.web"
BUILT_PAGE = [str(path.relative_to("web")) for path in Path("web/dist").rglob("*") if path.is_file()]
VERSION = re.findall(r'__version__ = "(.+)"', Path("__init__.py").read_text(encoding="utf-8"))[0]

setup(
    name="audio-to-body-dynamics",
    version=VERSION,
    description="Music in, a musician who plays it out: Audio to Body Dynamics (CVPR 2018) in Caffe2 and ONNX",
    long_description=Path("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.9",
    packages=[PACKAGE, PAGE, *(f"{PACKAGE}.{room}" for room in find_packages(exclude=NOT_INSTALLED))],
    package_dir={PACKAGE: "."},
    package_data={
        PACKAGE: ["py.typed"],
        f"{PACKAGE}.models": ["pretrained/*.onnx", "pretrained/*.md"],
        f"{PACKAGE}.inference.live": ["*.html"],
        f"{PACKAGE}.musician": ["*.json"],
        PAGE: BUILT_PAGE,
        f"{PACKAGE}.preprocessing.recording": ["*.csv"],
    },
    install_requires=LIGHT,
    extras_require={
        "avatar": AVATAR,
        "score": SCORE,
        "live": LIVE,
        "train": TRAIN,
        "test": TEST + CLUSTER,
        "cluster": CLUSTER,
        "docs": DOCS,
    },
    entry_points={
        "console_scripts": [
            "audio-to-body = audio_to_body.command_line.main:cli",
            "infer-onnx = audio_to_body.command_line.play:cli",
        ]
    },
)
