#!/usr/bin/env python3
"""Packs a data folder into pieces small enough to be carried to another machine, pictures re-encoded if they shall be smaller.

Each piece is a tar of whole files as DATA has them (NAME.json, NAME_00.tar, …, a pretrained backbone), so that unpacking all
pieces into one folder gives a data folder again; a tar that is larger than a piece becomes several. Validation groups
stay here. `away.sh` unpacks and trains.
"""
import argparse
import io
import json
import tarfile
from pathlib import Path

from PIL import Image
from tqdm import tqdm

from querypose.data import MIX
from querypose.paste import GROUP as CUTOUTS

# tar fills its files up to this many bytes.
ROUND = 10240


def smaller(picture, side, quality):
    """The bytes of a picture whose longest side is at most `side`, and the factor it was scaled by; None where it is so already."""
    image = Image.open(io.BytesIO(picture))
    scale = side / max(image.size)
    if scale >= 1:
        return None
    extent = [max(1, round(v * scale)) for v in image.size]
    out = io.BytesIO()
    image.convert("RGB").resize(extent, Image.LANCZOS).save(out, "JPEG", quality=quality)
    return out.getvalue(), [new / old for new, old in zip(extent, image.size)]


def shrink(data, group, out, side, quality):
    """Writes a group with smaller pictures; the labels follow."""
    factors = {}
    for path in sorted(Path(data).glob(f"{group}_*.tar")):
        with tarfile.open(path) as tar, tarfile.open(Path(out) / path.name, "w") as small:
            for member in tqdm(tar, desc=path.name, dynamic_ncols=True):
                if not member.isfile():
                    continue
                content = tar.extractfile(member).read()
                found = smaller(content, side, quality)
                if found:
                    content, factors[Path(member.name).name] = found
                    member.size = len(content)
                small.addfile(member, io.BytesIO(content))
    raw = json.loads((Path(data) / f"{group}.json").read_text())
    names = {i["id"]: i["file_name"] for i in raw["images"] if "id" in i}
    for image in raw["images"]:
        for key, factor in zip(("width", "height"), factors.get(image["file_name"], ())):
            image[key] = round(image[key] * factor)
    for a in raw.get("annotations", []):
        fx, fy = factors.get(names.get(a["image_id"]), (1, 1))
        a["bbox"] = [v * f for v, f in zip(a["bbox"], (fx, fy, fx, fy))]
        a["area"] = a.get("area", 0) * fx * fy
        a["keypoints"] = [v * f for v, f in zip(a.get("keypoints", []), [fx, fy, 1] * 17)]
    (Path(out) / f"{group}.json").write_text(json.dumps(raw, separators=(",", ":")))


def split(path, folder, limit):
    """The tar itself, or the tars made of it in `folder`, NAME_00.tar …, that each fit into a piece of `limit` bytes."""
    if path.stat().st_size + ROUND <= limit:
        return [path]
    folder.mkdir(exist_ok=True)
    parts, room = [], 0
    with tarfile.open(path) as tar:
        for member in tar:
            size = 512 + (member.size + 511) // 512 * 512
            if not parts or room + size > limit:
                parts.append(tarfile.open(folder / f"{path.stem}_{len(parts):02}.tar", "w"))
                room = 2 * ROUND
            parts[-1].addfile(member, tar.extractfile(member))
            room += size
    for part in parts:
        part.close()
    return [Path(part.name) for part in parts]


def pieces(files, limit):
    """Lists of files of at most `limit` bytes together, the largest first. Ends with a sentence for one that is larger by itself."""
    found = []
    for path in sorted(files, key=lambda p: -p.stat().st_size):
        # a tar pads each file to 512 bytes and adds a header
        size = path.stat().st_size + 2048
        if size > limit:
            raise SystemExit(f"{path}: {size / 2**20:.0f} MiB are more than a piece may have; shrink with --side")
        room = next((piece for piece in found if piece[0] + size <= limit), None)
        if room is None:
            room = [ROUND, []]
            found.append(room)
        room[0] += size
        room[1].append(path)
    return [names for _, names in found]


def main():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data", required=True)
    p.add_argument("--out", required=True, help="folder for piece_0.tar, piece_1.tar, …")
    p.add_argument("--mib", type=float, default=60, help="largest size of a piece")
    p.add_argument("--groups", nargs="+", help="groups of pictures; otherwise all that train.py knows and DATA has")
    p.add_argument("--side", type=int, help="longest side that pictures are brought to")
    p.add_argument("--quality", type=int, default=85, help="JPEG quality of those that are")
    p.add_argument("--also", nargs="*", default=["backbone_movenet_multipose.npz"], help="further files of DATA")
    options = p.parse_args()
    data, out = Path(options.data), Path(options.out)
    limit = options.mib * 2**20
    groups = options.groups or [group for group in [*MIX, CUTOUTS] if (data / f"{group}.json").exists()]
    absent = [name for name in [*(f"{group}.json" for group in groups), *options.also] if not (data / name).exists()]
    if absent:
        raise SystemExit(f"not there: {', '.join(str(data / name) for name in absent)}")
    out.mkdir(parents=True, exist_ok=True)
    # pictures of an earlier time would lie beside today's labels
    for old in [*out.glob("piece_*.tar"), *(out / "parts").glob("*.tar"), *(out / "smaller").glob("*_*.tar")]:
        old.unlink()
    source = data
    if options.side:
        source = out / "smaller"
        source.mkdir(exist_ok=True)
        for group in groups:
            # a cut-out's transparency does not survive JPEG, and it is small
            if group != CUTOUTS:
                shrink(data, group, source, options.side, options.quality)
    files = [data / name for name in options.also]
    for group in groups:
        home = data if group == CUTOUTS else source
        files.append(home / f"{group}.json")
        for tar in sorted(home.glob(f"{group}_*.tar")):
            files += split(tar, out / "parts", limit)
    for i, names in enumerate(pieces(files, limit)):
        with tarfile.open(out / f"piece_{i}.tar", "w") as tar:
            for path in names:
                tar.add(path, arcname=path.name)
        print(f"{out / f'piece_{i}.tar'}: {(out / f'piece_{i}.tar').stat().st_size / 2**20:.1f} MiB, {', '.join(p.name for p in names)}")


if __name__ == "__main__":
    main()
