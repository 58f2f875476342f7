#!/usr/bin/env python3
"""Writes the `hex` of every vector that has a `value`, and the seeds of the fuzz targets.

Run it after adding a vector or changing a value, and read the difference: a vector that changes is a protocol that changes. It has
its own little msgpack writer, so that the vectors do not come from the library that they test.
"""
import json
import pathlib
import re

HERE = pathlib.Path(__file__).parent
SEEDS = HERE.parent.parent / "tests/fuzz/seeds"


def sized(size, forms):
    """The shortest header for a length: forms are (highest, first byte or None, bytes of length)."""
    for highest, first, width in forms:
        if size <= highest:
            return bytes([first + size]) if width == 0 else bytes([first]) + size.to_bytes(width, "big")
    raise ValueError(size)


def pack_int(value):
    if -32 <= value < 128:
        return value.to_bytes(1, "big", signed=value < 0)
    if value >= 0:
        return sized(value, [(0xFF, 0xCC, 1), (0xFFFF, 0xCD, 2), (2**32 - 1, 0xCE, 4), (2**64 - 1, 0xCF, 8)])
    for first, width in (0xD0, 1), (0xD1, 2), (0xD2, 4), (0xD3, 8):
        if value >= -(1 << (8 * width - 1)):
            return bytes([first]) + value.to_bytes(width, "big", signed=True)
    raise ValueError(value)


def pack(value):
    if value is None or isinstance(value, bool):
        return {None: b"\xc0", False: b"\xc2", True: b"\xc3"}[value]
    if isinstance(value, int):
        return pack_int(value)
    if isinstance(value, str):
        data = value.encode()
        return sized(len(data), [(31, 0xA0, 0), (0xFF, 0xD9, 1), (0xFFFF, 0xDA, 2)]) + data
    if isinstance(value, list):
        return sized(len(value), [(15, 0x90, 0), (0xFFFF, 0xDC, 2)]) + b"".join(map(pack, value))
    if isinstance(value, dict) and list(value) == ["$bin"]:
        data = bytes.fromhex(value["$bin"])
        return sized(len(data), [(0xFF, 0xC4, 1), (0xFFFF, 0xC5, 2)]) + data
    if isinstance(value, dict):
        pairs = b"".join(pack(key) + pack(of) for key, of in value.items())
        return sized(len(value), [(15, 0x80, 0), (0xFFFF, 0xDE, 2)]) + pairs
    raise TypeError(value)


def layout(vectors):
    """JSON with one line for each key of a vector."""
    def entry(vector):
        lines = [f"    {json.dumps(key)}: {json.dumps(of, ensure_ascii=False)}" for key, of in vector.items()]
        return "  {\n" + ",\n".join(lines) + "\n  }"
    return "[\n" + ",\n".join(map(entry, vectors)) + "\n]\n"


def seeds_empty(target):
    """Takes away the seeds that come from the vectors. What fuzzing has found is named by its hash, and stays."""
    folder = SEEDS / target
    folder.mkdir(parents=True, exist_ok=True)
    for seed in folder.iterdir():
        if not re.fullmatch(r"[0-9a-f]{40}", seed.name):
            seed.unlink()
    return folder


def seed_frames(file, vectors):
    """One seed for each frame, named after its vector."""
    for vector in vectors:
        name = re.sub(r"[^a-z0-9]+", "_", f"{file} {vector['name']}".lower()).strip("_")
        (SEEDS / "scan_decode" / name).write_bytes(bytes.fromhex(vector["hex"]))


def seed_commands(vectors):
    """One seed for each of the fuzz target's actors: all commands whose size fits a byte, ten minutes apart."""
    frames = [bytes.fromhex(vector["hex"]) for vector in vectors if vector["value"]["t"] == "command"]
    frames = [frame for frame in frames if len(frame) < 256]
    for actor in range(6):
        run = b"".join(bytes([(actor + i) % 6, 10, len(frame)]) + frame for i, frame in enumerate(frames))
        (SEEDS / "command" / f"from_actor_{actor}").write_bytes(run)


def main():
    seeds_empty("scan_decode")
    seeds_empty("command")
    for file in "client", "bad", "server":
        path = HERE / f"{file}.json"
        vectors = json.loads(path.read_text())
        for vector in vectors:
            if "value" in vector and not vector.get("by_hand"):
                vector["hex"] = pack(vector["value"]).hex()
        path.write_text(layout(vectors))
        if file != "server":
            seed_frames(file, vectors)
        if file == "client":
            seed_commands(vectors)


main()
