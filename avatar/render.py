"""Video of a musician without a graphics card or a screen: Panda3D's software renderer fills the triangles.

Skinning, light and shadow happen in numpy (:mod:`audio_to_body.avatar.lighting`): the software renderer has no
shaders. Pictures are drawn larger than asked for and scaled down, which smooths the edges.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from audio_to_body.avatar.camera import View, named_view
from audio_to_body.avatar.kinematics import skinning_matrices
from audio_to_body.avatar.lighting import ShadowMap, gloss_of, shade, to_display
from audio_to_body.avatar.materials import MATERIALS
from audio_to_body.avatar.mesh import Mesh
from audio_to_body.avatar.packages import not_installed
from audio_to_body.avatar.scene import RigMotion, prop_meshes, static_meshes
from audio_to_body.geometry.quaternion_arrays import to_matrix
from audio_to_body.skeleton.refusal import BadInput

SUPERSAMPLING = 1.5
LINEAR_UP_TO = 1.5  # supersampling that a linear filter scales down well
DRAWN_DETAIL = 0.7  # of the musician's surface; 1 is what files get
BACKDROP = (np.array([0.060, 0.064, 0.075]), np.array([0.30, 0.31, 0.34]))  # linear: above, at the horizon
FLOOR = np.array([0.26, 0.255, 0.26], np.float32)
FLOOR_SIZE = 6.0  # m
FLOOR_CELLS = 96
_VERTEX = np.dtype([("place", "f4", 3), ("colour", "u1", 4)])


class _Drawable:
    """Triangles whose vertices and colours are renewed from numpy."""

    def __init__(self, meshes: list[Mesh], parent: Any, backfaces: bool = False, order: int = 0):
        from panda3d import core

        counts = np.cumsum([0] + [len(m.vertices) for m in meshes])
        self.vertices = np.concatenate([m.vertices for m in meshes]).astype(np.float32)
        self.normals = np.concatenate([m.normals for m in meshes]).astype(np.float32)
        self.openness = np.concatenate([m.shade for m in meshes]).astype(np.float32)
        self.albedo = np.concatenate(
            [
                m.colours
                if len(m.colours)
                else np.tile(np.array(MATERIALS[m.material].colour, np.float32), (len(m.vertices), 1))
                for m in meshes
            ]
        )
        self.gloss = np.concatenate(
            [np.tile(np.array(gloss_of(MATERIALS[m.material]), np.float32), (len(m.vertices), 1)) for m in meshes]
        )
        triangles = np.concatenate([m.triangles + c for m, c in zip(meshes, counts)]).astype(np.uint32)
        self._data = core.GeomVertexData("", core.GeomVertexFormat.getV3c4(), core.Geom.UHDynamic)
        self._data.uncleanSetNumRows(len(self.vertices))
        primitive = core.GeomTriangles(core.Geom.UHStatic)
        primitive.setIndexType(core.Geom.NTUint32)
        index = primitive.modifyVertices()
        index.uncleanSetNumRows(triangles.size)
        memoryview(index).cast("B")[:] = triangles.tobytes()  # type: ignore[call-overload]
        primitive.setVertices(index)
        geom = core.Geom(self._data)
        geom.addPrimitive(primitive)
        geom.setBoundsType(core.BoundingVolume.BTBox)
        node = core.GeomNode("")
        node.addGeom(geom)
        node.setBounds(core.OmniBoundingVolume())  # everything is in view; no bounds to renew every frame
        node.setFinal(True)
        path = parent.attachNewNode(node)
        path.setBin("fixed", order)  # what is in front first: hidden pixels are then not filled
        if backfaces:
            path.setTwoSided(True)
        self._rows = np.zeros(len(self.vertices), _VERTEX)
        self._rows["colour"] = 255

    def upload(self, vertices: np.ndarray, colours: np.ndarray) -> None:
        """Hand vertices ``[n, 3]`` and sRGB colours ``[n, 3]`` to the renderer (BGRA in memory)."""
        self._rows["place"] = vertices
        self._rows["colour"][:, :3] = colours
        view = memoryview(self._data.modifyArray(0)).cast("B")  # type: ignore[call-overload]
        view[:] = self._rows.view(np.uint8).data


class Renderer:
    """Draws a performance frame by frame.

    Parameters
    ----------
    performance : RigMotion
    size : (int, int)
        Width and height in pixels.
    view : View or str
        A camera, or the name of one of the instrument's own, which stands as near as all stay in the picture.
    detail : float
        Of the mannequin's surface; 1 is what files get.
    supersampling : float
        How much larger pictures are drawn before they are scaled down.

    Raises
    ------
    BadInput
        If Panda3D is not installed or the view is unknown.
    """

    def __init__(
        self,
        performance: RigMotion,
        size: tuple[int, int] = (854, 480),
        view: View | str = "three-quarter",
        detail: float = DRAWN_DETAIL,
        supersampling: float = SUPERSAMPLING,
    ):
        from audio_to_body.avatar.rig import rig_meshes

        self.performance, self.size = performance, size
        if isinstance(view, str):
            view = named_view(view, performance, size)
        self.eye = np.array(view.eye, np.float32)
        self._open(view, supersampling)
        self._shadow = ShadowMap(np.array([0.0, 0.85, 0.25]), 2.9)
        self._floor = _Drawable([_floor()], self._root, order=2)
        statics = list(static_meshes(performance))
        self._static = _Drawable(statics, self._root, backfaces=True, order=1) if statics else None
        own = list(performance.figure)
        meshes = own or list(rig_meshes(performance.skeleton, detail))
        self._body = _Drawable(meshes, self._root, backfaces=bool(own))
        bones = np.concatenate([m.joints for m in meshes])
        weights = np.concatenate([m.weights for m in meshes])
        self._weights = np.zeros((len(bones), len(performance.skeleton)), np.float32)
        np.add.at(self._weights, (np.arange(len(bones))[:, None], bones.astype(int)), weights)
        self._props = {
            name: _Drawable(list(prop_meshes(performance, name)), self._root) for name in performance.props
        }
        self._keys: _Drawable | None = None
        if performance.keys.size:
            self._open_keys()
        self._light_static()

    def _open(self, view: View, supersampling: float) -> None:
        try:
            from panda3d import core
        except ImportError:
            raise not_installed("mp4") from None
        core.loadPrcFileData("", "load-display p3tinydisplay\naudio-library-name null\nnotify-level-display fatal")
        self._core = core
        self._engine = core.GraphicsEngine()
        pipe = core.GraphicsPipeSelection.getGlobalPtr().makeModulePipe("p3tinydisplay")
        if pipe is None:
            raise BadInput("this build of Panda3D lacks its software renderer (p3tinydisplay); install it from PyPI")
        # at 1.5 the four pixels that a linear filter takes are all there are to take, at a fifth of an area's time
        self._scaling = cv2.INTER_LINEAR if supersampling <= LINEAR_UP_TO else cv2.INTER_AREA
        self._drawn = (round(self.size[0] * supersampling), round(self.size[1] * supersampling))
        wanted = core.FrameBufferProperties()
        wanted.setRgbColor(True)
        wanted.setRgbaBits(8, 8, 8, 8)
        wanted.setDepthBits(24)
        self._buffer = self._engine.makeOutput(
            pipe, "musician", 0, wanted, core.WindowProperties.size(*self._drawn), core.GraphicsPipe.BFRefuseWindow
        )
        self._texture = core.Texture()
        self._buffer.addRenderTexture(self._texture, core.GraphicsOutput.RTMCopyRam, core.GraphicsOutput.RTPColor)
        self._root = core.NodePath("room")
        lens = core.PerspectiveLens()
        lens.setAspectRatio(self.size[0] / self.size[1])
        lens.setMinFov(view.fov)
        lens.setNearFar(0.2, 30.0)
        camera = core.Camera("camera", lens)
        path = self._root.attachNewNode(camera)
        # the room is y up; Panda's own directions are z up, so say what up is
        path.setPos(*view.eye)
        path.lookAt(core.Point3(*view.target), core.Vec3(0, 1, 0))
        region = self._buffer.makeDisplayRegion()
        region.setCamera(path)
        self._buffer.setClearColor(core.LColor(*(to_display(BACKDROP[0][None])[0] / 255.0), 1))

    def close(self) -> None:
        """Give the renderer's buffers back."""
        self._engine.removeAllWindows()

    def _open_keys(self) -> None:
        from audio_to_body.avatar.piano_model import KEYS, key_pivot, keys

        meshes = list(keys())
        self._keys = _Drawable(meshes, self._root)
        self._key_of = np.repeat(np.arange(KEYS), [len(m.vertices) for m in meshes])
        self._pivot = np.stack([key_pivot(k) for k in range(KEYS)]).astype(np.float32)[self._key_of]

    def _light_static(self) -> None:
        """Light what never moves once; only the musician's shadow on the floor changes."""
        floor = self._floor.vertices
        self._floor_placed = self._shadow.place(floor)
        away = np.hypot(floor[:, 0], floor[:, 2])[:, None] / (0.5 * FLOOR_SIZE)
        fog = np.clip(away, 0, 1) ** 4
        pool = 0.12 + 0.95 * np.exp(-((away * 1.25) ** 2))
        self._floor_light = (FLOOR * pool * (1 - fog)).astype(np.float32)
        self._floor_fog = (BACKDROP[0] * fog).astype(np.float32)
        if self._static is not None:
            self._static_placed = self._shadow.place(self._static.vertices)
            self._shadow.draw([self._static_placed])
            self._static_lit = self._shadow.lit(self._static_placed)
            self._upload(self._static, self._static.vertices, self._static.normals, self._static_lit)

    def _upload(self, drawable: _Drawable, vertices: np.ndarray, normals: np.ndarray, lit: np.ndarray) -> None:
        colours = shade(vertices, normals, drawable.albedo, drawable.gloss, drawable.openness, self.eye, lit)
        drawable.upload(vertices, colours)

    def _skinned(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        matrices = skinning_matrices(self.performance.skeleton, self.performance.pose, frame)
        blended = (self._weights @ matrices.reshape(len(matrices), 12).astype(np.float32)).reshape(-1, 3, 4)
        vertices = np.einsum("nij,nj->ni", blended[:, :, :3], self._body.vertices) + blended[:, :, 3]
        normals = np.einsum("nij,nj->ni", blended[:, :, :3], self._body.normals)
        normals /= np.maximum(np.sqrt(np.einsum("ni,ni->n", normals, normals)), 1e-6)[:, None]
        return vertices, normals

    def draw(self, frame: int) -> np.ndarray:
        """One picture.

        Returns
        -------
        np.ndarray, uint8 [height, width, 3]
            BGR.
        """
        vertices, normals = self._skinned(frame)
        moving = [(self._body, vertices, normals)]
        for name, drawable in self._props.items():
            prop = self.performance.props[name]
            turn = to_matrix(prop.rotation[frame]).astype(np.float32)
            shift = prop.translation[frame].astype(np.float32)
            moving.append((drawable, drawable.vertices @ turn.T + shift, drawable.normals @ turn.T))
        casters = [self._shadow.place(item[1]) for item in moving]
        placed = list(casters)
        if self._static is not None:
            casters.append(self._static_placed)
        if self._keys is not None:  # too thin to throw a shadow that anyone sees
            moving.append((self._keys, *self._turned_keys(frame)))
            placed.append(self._shadow.place(moving[-1][1]))
        self._shadow.draw(casters)
        for (drawable, place, facing), local in zip(moving, placed):
            self._upload(drawable, place, facing, self._shadow.lit(local))
        self._floor.upload(self._floor.vertices, self._floor_colours())
        self._engine.renderFrame()
        data = np.frombuffer(self._texture.getRamImage(), np.uint8)
        picture = data.reshape(self._drawn[1], self._drawn[0], -1)
        # scaled down with its fourth channel, then turned: rows come from below
        small = cv2.resize(picture, self.size, interpolation=self._scaling)
        return cv2.flip(cv2.cvtColor(small, cv2.COLOR_BGRA2BGR), 0)

    def _turned_keys(self, frame: int) -> tuple[np.ndarray, np.ndarray]:
        from audio_to_body.avatar.piano_model import key_angle

        assert self._keys is not None
        angle = key_angle(self.performance.keys[frame]).astype(np.float32)[self._key_of]
        cosine, sine = np.cos(angle), np.sin(angle)
        result = []
        for source in (self._keys.vertices, self._keys.normals):
            # the front (-z from the pivot) goes down: a turn about -x
            x, y, z = source.T
            result.append(np.stack([x, y * cosine + z * sine, z * cosine - y * sine], axis=1))
        return result[0] + self._pivot, result[1]

    def _floor_colours(self) -> np.ndarray:
        lit = self._shadow.lit(self._floor_placed)
        return to_display((0.25 + 0.75 * lit)[:, None] * self._floor_light + self._floor_fog)

    def frames(self) -> Iterator[np.ndarray]:
        """All pictures in order."""
        for frame in range(len(self.performance)):
            yield self.draw(frame)


def _floor() -> Mesh:
    line = np.linspace(-0.5, 0.5, FLOOR_CELLS)
    line = FLOOR_SIZE * np.sign(line) * (0.35 * np.abs(line) + 1.3 * line**2)  # finer where the musician stands
    x, z = np.meshgrid(line, line)
    vertices = np.column_stack([x.ravel(), np.zeros(x.size), z.ravel()])
    i = np.arange(x.size).reshape(x.shape)
    a, b, c, d = i[:-1, :-1], i[1:, :-1], i[1:, 1:], i[:-1, 1:]
    triangles = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)])
    normals = np.tile([0.0, 1.0, 0.0], (x.size, 1))
    return Mesh("floor", "linen", vertices, normals, triangles)
