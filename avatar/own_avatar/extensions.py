"""Which glTF extensions an avatar may use: carried into the GLB that is written, drawn in the video, or refused.

Writing changes nodes and animations and appends to the first buffer; what it does not touch is carried as it is.
Drawing reads meshes and colours, so it must know how they are stored. What a file calls required and stands in no
line here is refused by name, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from audio_to_body.skeleton.refusal import BadInput


@dataclass(frozen=True)
class Extension:
    """What becomes of an extension.

    Attributes
    ----------
    names : str
        Its name, or a pattern for several.
    drawn : bool
        Whether the video shows what it says (or it says nothing that a picture would show).
    help : str
        What a person can do where it is not drawn.
    """

    names: str
    drawn: bool = True
    help: str = ""


UNPACK = "gltf-transform copy packed.glb plain.glb unpacks it"
UNDERSTOOD = (
    Extension("VRM"),
    Extension("VRMC_*"),
    Extension("KHR_mesh_quantization"),
    Extension("KHR_texture_transform"),
    Extension("EXT_texture_webp"),
    Extension("KHR_materials_pbrSpecularGlossiness"),
    Extension("KHR_materials_*"),  # gloss, glow, glass: drawn as cloth of their colour
    Extension("KHR_lights_punctual"),
    Extension("KHR_node_visibility"),
    Extension("KHR_xmp*"),
    Extension("KHR_animation_pointer"),  # the file's own animations are replaced
    Extension("MSFT_lod"),
    Extension("EXT_lights_*"),
    Extension(
        "KHR_draco_mesh_compression",
        help=f"pip install 'audio-to-body-dynamics[avatar]' brings what reads it; or {UNPACK}",
    ),
    Extension("EXT_meshopt_compression", drawn=False, help=UNPACK),
    Extension("KHR_meshopt_compression", drawn=False, help=UNPACK),
    Extension(
        "KHR_texture_basisu", drawn=False, help="gltf-transform ktxdecompress packed.glb plain.glb makes PNG of it"
    ),
    Extension("EXT_texture_avif", drawn=False, help="gltf-transform png avif.glb plain.glb makes PNG of it"),
    Extension("MSFT_texture_dds", drawn=False, help="export its textures as PNG or JPEG"),
)


def known(name: str) -> Extension | None:
    """The table's line for an extension, the first that fits."""
    return next((line for line in UNDERSTOOD if fnmatchcase(name, line.names)), None)


def check_required(tree: dict[str, Any], path: Path) -> None:
    """Refuse a file that requires what stands in no line of the table.

    Raises
    ------
    BadInput
        With the extension's name.
    """
    for name in tree.get("extensionsRequired", []):
        if known(name) is None:
            raise BadInput(
                f"the avatar {path} requires the glTF extension {name[:60]}, which is not understood here; export it"
                " without, or as VRM"
            )


def undrawn(path: Path, what: str, name: str) -> BadInput:
    """The refusal to draw what an extension hides."""
    line = known(name)
    advice = line.help if line is not None and line.help else "export it again without it"
    return BadInput(
        f"{what} of {path} cannot be drawn: compressed with {name} ({advice}); a .glb can be written as it is"
    )
