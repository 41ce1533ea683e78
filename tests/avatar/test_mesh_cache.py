"""Kept meshes are the built ones, whatever happens to the cache."""

from __future__ import annotations

import numpy as np
import pytest

from audio_to_body.avatar import mesh, mesh_cache, surface
from audio_to_body.avatar.mesh import Mesh


@pytest.fixture
def built(tmp_path, monkeypatch):
    monkeypatch.setenv("A2B_CACHE", str(tmp_path / "cache"))
    calls = []

    def build():
        calls.append(1)
        rng = np.random.default_rng(0)
        vertices, normals = rng.normal(size=(2, 5, 3))
        joints = np.arange(20, dtype=np.uint8).reshape(5, 4)
        weights = np.full((5, 4), 0.25, np.float32)
        rigid = Mesh("violin", "wood", vertices, normals, [[0, 1, 2]])
        return rigid, Mesh("head", "skin", vertices, normals, [[0, 1, 4]], np.ones(5, np.float32), joints, weights)

    return calls, build


def same(a, b) -> bool:
    return all(
        np.array_equal(getattr(x, name), getattr(y, name)) and getattr(x, name).dtype == getattr(y, name).dtype
        for x, y in zip(a, b)
        for name in ("vertices", "normals", "triangles", "shade", "joints", "weights")
    ) and [(x.name, x.material) for x in a] == [(x.name, x.material) for x in b]


def test_meshes_are_built_once_and_come_back_bit_for_bit(built):
    calls, build = built
    first = mesh_cache.kept("m-1", "m-1", [mesh], build)
    second = mesh_cache.kept("m-1", "m-1", [mesh], build)
    assert len(calls) == 1
    assert same(first, second)


def test_other_code_or_another_key_builds_anew_and_sweeps_the_old_version(built, tmp_path):
    calls, build = built
    mesh_cache.kept("m-1", "m-1", [mesh], build)
    mesh_cache.kept("m-1", "m-1", [mesh, surface], build)
    mesh_cache.kept("m-2", "m-2", [mesh], build)
    assert len(calls) == 3
    assert len(list((tmp_path / "cache" / "meshes").iterdir())) == 2


def test_a_damaged_or_forbidden_cache_is_no_error(built, tmp_path, monkeypatch):
    _, build = built
    mesh_cache.kept("m-1", "m-1", [mesh], build)
    (file,) = (tmp_path / "cache" / "meshes").iterdir()
    for damaged in (b"", b"no archive", file.read_bytes()[:200]):
        file.write_bytes(damaged)
        assert same(mesh_cache.kept("m-1", "m-1", [mesh], build), build())
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("A2B_CACHE", str(tmp_path / "file"))
    assert same(mesh_cache.kept("m-1", "m-1", [mesh], build), build())
