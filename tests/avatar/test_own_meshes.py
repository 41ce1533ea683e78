"""Meshes and colours as other programs store them: none is lost, what is not read is named."""

import numpy as np
import pytest

from audio_to_body.avatar import export
from audio_to_body.avatar.gltf import Document
from audio_to_body.avatar.gltf_reading import read_glb
from audio_to_body.avatar.own_avatar import figure, read_avatar
from audio_to_body.skeleton.refusal import BadInput
from tests.avatar.motions import violin_motion
from tests.avatar.rigs import changed, foreign_avatar


def test_more_bind_matrices_than_joints_are_allowed(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb")
    whole = figure(read_avatar(path))[0]
    tree, binary = read_glb(path)
    document = Document(tree, binary)
    skin = tree["skins"][0]
    view = tree["bufferViews"][tree["accessors"][skin["inverseBindMatrices"]]["bufferView"]]
    matrices = np.frombuffer(binary, np.float32, view["byteLength"] // 4, view["byteOffset"]).reshape(-1, 16)
    skin["inverseBindMatrices"] = document.accessor(np.concatenate([matrices, matrices[:1]]))
    document.write(path)
    again = figure(read_avatar(path))[0]
    assert np.allclose(again.vertices, whole.vertices)


def with_accessors(path, change):
    """The same file after a change that may store arrays: ``change(document, primitive)``."""
    tree, binary = read_glb(path)
    document = Document(tree, binary)
    change(document, tree["meshes"][0]["primitives"][0])
    document.write(path)
    return path


def drawn(path):
    return figure(read_avatar(path))[0]


def picture(colour, kind=".png"):
    import cv2

    return cv2.imencode(kind, np.full((8, 8, 3), colour, np.uint8))[1].tobytes()


def textured(document, part, uv_set, data=None, texture=None, material=None):
    """A texture on a set of the vertices' places."""
    count = document.tree["accessors"][part["attributes"]["POSITION"]]["count"]
    part["attributes"][f"TEXCOORD_{uv_set}"] = document.accessor(np.full((count, 2), 0.5, np.float32))
    view = document.tree["accessors"][document.accessor(np.frombuffer(data, np.uint8))]["bufferView"]
    image = document.add("images", {"bufferView": view})
    document.add("textures", {"source": image} if texture is None else texture(image))
    reference = {"index": 0, "texCoord": uv_set}
    described = {"pbrMetallicRoughness": {"baseColorTexture": reference}} if material is None else material(reference)
    part["material"] = document.add("materials", described)


RED = (0, 0, 255)  # BGR


def webp(image):
    return {"extensions": {"EXT_texture_webp": {"source": image}}}


def glossy(texture):
    """The older way of describing gloss; the plain description beside it is a grey fallback."""
    return {
        "extensions": {"KHR_materials_pbrSpecularGlossiness": {"diffuseTexture": texture}},
        "pbrMetallicRoughness": {"baseColorFactor": [0.5, 0.5, 0.5, 1]},
    }


def painted(document, part):
    count = document.tree["accessors"][part["attributes"]["POSITION"]]["count"]
    red = np.tile(np.array([[255, 0, 0, 255]], np.uint8), (count, 1))
    part["attributes"]["COLOR_0"] = document.accessor(red, normalised=True)


@pytest.mark.parametrize(
    "change",
    [
        lambda d, p: textured(d, p, 0, picture(RED)),
        lambda d, p: textured(d, p, 1, picture(RED)),
        lambda d, p: textured(d, p, 0, picture(RED, ".webp"), webp),
        lambda d, p: textured(d, p, 0, picture(RED), material=glossy),
        painted,
    ],
    ids=["png", "second set of places", "webp", "specular-glossiness", "colours of vertices"],
)
def test_colours_are_not_lost(change, tmp_path):
    def plain(document, part):
        part.pop("material", None)
        part["attributes"].pop("COLOR_0", None)

    path = with_accessors(foreign_avatar(tmp_path / "own.glb"), plain)
    white = drawn(path).colours
    assert np.ptp(white, axis=1).max() < 1e-6
    red = drawn(with_accessors(path, change)).colours
    assert red[:, 0].min() > 0.5
    assert red[:, 1:].max() < 0.05


def test_a_texture_in_a_data_uri_is_seen(tmp_path):
    import base64

    def embed(tree):
        tree["images"] = [{"uri": "data:image/png;base64," + base64.b64encode(picture(RED)).decode()}]
        tree["textures"] = [{"source": 0}]
        tree["materials"] = [{"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}]
        for part in tree["meshes"][0]["primitives"]:
            part["material"] = 0
            part["attributes"].pop("COLOR_0", None)

    red = drawn(changed(foreign_avatar(tmp_path / "own.glb"), embed)).colours
    assert red[:, 0].min() > 0.5
    assert red[:, 1:].max() < 0.05
    out = tmp_path / "out.glb"
    export.write_glb(violin_motion(3), out, avatar=tmp_path / "own.glb")
    assert "uri" not in read_glb(out)[0]["images"][0]  # the picture travels with the file


def test_quantised_sparse_and_morphed_places_are_those_of_the_plain_file(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb")
    wanted = drawn(path).vertices

    def morphed(document, part):  # a target that is on at rest, and places that lack it
        places = np.frombuffer(bytes(document._binary), np.float32, *_at(document, part)).reshape(-1, 3)
        step = np.zeros_like(places)
        step[:, 1] = 0.25
        part["attributes"]["POSITION"] = document.accessor(places - 0.5 * step)
        part["targets"] = [{"POSITION": document.accessor(step)}]
        document.tree["meshes"][0]["weights"] = [0.5]

    def sparse(document, part):  # one vertex elsewhere, put right by a sparse value
        places = np.frombuffer(bytes(document._binary), np.float32, *_at(document, part)).reshape(-1, 3).copy()
        right, places[7] = places[7].copy(), 9.0
        wrong = document.accessor(places)
        at, value = document.accessor(np.array([7], np.uint16)), document.accessor(right[None])
        views = [document.tree["accessors"][i]["bufferView"] for i in (at, value)]
        document.tree["accessors"][wrong]["sparse"] = {
            "count": 1, "indices": {"bufferView": views[0], "componentType": 5123}, "values": {"bufferView": views[1]}
        }  # fmt: skip
        part["attributes"]["POSITION"] = wrong

    assert np.allclose(drawn(with_accessors(path, morphed)).vertices, wanted, atol=1e-5)
    assert np.allclose(drawn(with_accessors(path, sparse)).vertices[: len(wanted)], wanted, atol=1e-5)


def _at(document, part):
    item = document.tree["accessors"][part["attributes"]["POSITION"]]
    return item["count"] * 3, document.tree["bufferViews"][item["bufferView"]]["byteOffset"]


def test_weights_of_a_second_set_count(tmp_path):
    path = foreign_avatar(tmp_path / "own.glb")
    wanted = drawn(path).weights

    def second(document, part):
        count = document.tree["accessors"][part["attributes"]["POSITION"]]["count"]
        attributes = part["attributes"]
        attributes["JOINTS_1"], attributes["WEIGHTS_1"] = attributes["JOINTS_0"], attributes["WEIGHTS_0"]
        attributes["JOINTS_0"] = document.accessor(np.zeros((count, 4), np.uint8))
        attributes["WEIGHTS_0"] = document.accessor(np.zeros((count, 4), np.float32))

    assert np.allclose(drawn(with_accessors(path, second)).weights, wanted, atol=1e-6)


def test_compressed_meshes_are_carried_into_the_glb_whole(tmp_path):
    """As gltfpack writes: meshes stand in a second, empty buffer. The file stays what it was, and is not drawn."""
    path = foreign_avatar(tmp_path / "own.glb")

    def pack(tree):
        tree["buffers"].append({"byteLength": 10**6, "extensions": {"EXT_meshopt_compression": {"fallback": True}}})
        for view in tree["bufferViews"]:
            length = view["byteLength"]
            view["extensions"] = {"EXT_meshopt_compression": {
                "buffer": 0, "byteOffset": view["byteOffset"], "byteLength": length, "byteStride": 4,
                "mode": "ATTRIBUTES", "count": length // 4}}  # fmt: skip
            view["buffer"] = 1
        tree["extensionsUsed"] = tree["extensionsRequired"] = ["EXT_meshopt_compression"]

    changed(path, pack)
    out = tmp_path / "out.glb"
    export.write_glb(violin_motion(3), out, avatar=path)
    before, after = read_glb(path)[0], read_glb(out)[0]
    assert after["buffers"][1] == before["buffers"][1]
    assert after["bufferViews"][: len(before["bufferViews"])] == before["bufferViews"]
    assert read_glb(out)[1].startswith(read_glb(path)[1])
    with pytest.raises(BadInput, match=r"compressed with EXT_meshopt_compression .*gltf-transform copy"):
        figure(read_avatar(path))


def test_textures_that_cannot_be_drawn_are_named(tmp_path):
    def ktx2(document, part):
        data = b"\xabKTX 20\xbb\r\n\x1a\n" + bytes(64)
        textured(document, part, 0, data, lambda i: {"extensions": {"KHR_texture_basisu": {"source": i}}})

    path = with_accessors(foreign_avatar(tmp_path / "own.glb"), ktx2)
    with pytest.raises(BadInput, match=r"KHR_texture_basisu .*ktxdecompress"):
        figure(read_avatar(path))
    export.write_glb(violin_motion(3), tmp_path / "out.glb", avatar=path)  # carried as it is


def test_draco_meshes_are_drawn(tmp_path):
    """As Ready Player Me packs its avatars: places, normals and triangles lie in Draco's own stream."""
    draco = pytest.importorskip("DracoPy", reason="DracoPy is not installed")
    path = foreign_avatar(tmp_path / "own.glb")
    wanted = drawn(path)

    def pack(document, part):
        tree, attributes = document.tree, part["attributes"]

        def plain(which, kind, width):
            item = tree["accessors"][which]
            start = tree["bufferViews"][item["bufferView"]]["byteOffset"]
            found = np.frombuffer(bytes(document._binary), kind, item["count"] * width, start)
            return found.reshape(-1, width)

        index = tree["accessors"][part["indices"]]["componentType"]
        faces = plain(part["indices"], {5123: np.uint16, 5125: np.uint32}[index], 1).reshape(-1, 3)
        stream = draco.encode(
            plain(attributes["POSITION"], np.float32, 3),
            faces.astype(np.uint32),
            quantization_bits=16,
            preserve_order=True,
        )
        view = tree["accessors"][document.accessor(np.frombuffer(stream, np.uint8))]["bufferView"]
        del tree["accessors"][attributes["POSITION"]]["bufferView"]
        del tree["accessors"][part["indices"]]["bufferView"]
        packed = {"bufferView": view, "attributes": {"POSITION": 0}}
        part["extensions"] = {"KHR_draco_mesh_compression": packed}
        tree["extensionsUsed"] = tree["extensionsRequired"] = ["KHR_draco_mesh_compression"]

    packed = drawn(with_accessors(path, pack))
    assert np.abs(packed.vertices[: len(wanted.vertices)] - wanted.vertices).max() < 1e-4  # m: 16 bits of 1.8 m
    assert len(packed.triangles) == len(wanted.triangles)

    path.write_bytes(path.read_bytes().replace(b"DRACO", b"DRXCO"))
    with pytest.raises(BadInput, match="Draco mesh cannot be read"):
        drawn(path)


def test_triangles_that_point_nowhere_are_refused_by_both_writers(tmp_path):
    def break_it(document, part):
        count = document.tree["accessors"][part["attributes"]["POSITION"]]["count"]
        part["indices"] = document.accessor(np.array([0, 1, count], np.uint32))

    path = with_accessors(foreign_avatar(tmp_path / "own.glb"), break_it)
    with pytest.raises(BadInput, match="does not have"):
        drawn(path)
    with pytest.raises(BadInput, match="does not have"):
        export.write_glb(violin_motion(3), tmp_path / "out.glb", avatar=path)
    assert not (tmp_path / "out.glb").exists()


def test_joints_that_a_skin_does_not_have_pull_nothing(tmp_path):
    """As files have them whose hips are outside the skin: what hangs on them stays, the rest is drawn as ever."""

    def break_it(document, part):
        count = document.tree["accessors"][part["attributes"]["POSITION"]]["count"]
        joints = np.zeros((count, 4), np.uint8)
        joints[:, 0], joints[:, 1] = 3, 200
        part["attributes"]["JOINTS_0"] = document.accessor(joints)
        part["attributes"]["WEIGHTS_0"] = document.accessor(
            np.tile(np.array([[0.5, 0.5, 0, 0]], np.float32), (count, 1))
        )

    path = with_accessors(foreign_avatar(tmp_path / "own.glb"), break_it)
    mesh = drawn(path)
    assert np.allclose(mesh.weights[:, 0], 1)
    assert (mesh.joints[:, 0] == 3).all()
    export.write_glb(violin_motion(3), tmp_path / "out.glb", avatar=path)
