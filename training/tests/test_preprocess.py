"""Sizes and pixels of the shortest-edge resize."""
import golden
import numpy as np
import pytest
from PIL import Image
from querypose.preprocess import prepare, resized_extent


def test_resize_equals_the_stored_pairs():
    manifest, pairs = golden.load("preprocess_resize")
    for case in manifest["cases"]:
        keys = [k for k in pairs if case["name"] in k]
        source = next(pairs[k] for k in keys if list(pairs[k].shape[:2]) == case["in_hw"]).numpy()
        want = next(pairs[k] for k in keys if list(pairs[k].shape[:2]) == case["out_hw"]).numpy()
        image = {"shortest_edge": case["min"], "longest_edge": case["max"], "mean": [0] * 3, "std": [1] * 3, "size_divisor": 32}
        extent = resized_extent(source.shape[1], source.shape[0], image)
        assert list(extent) == case["out_hw"][::-1]
        padded, extent, _ = prepare(Image.fromarray(source), image)
        got = padded[0, :, : extent[1], : extent[0]].permute(1, 2, 0).numpy()
        assert np.abs(got - want.astype(np.float32)).max() == 0  # the same library made both
        assert padded.shape[2] % 32 == 0 and padded.shape[3] % 32 == 0


@pytest.mark.parametrize("size,want", [((1280, 720), (448, 252)), ((640, 480), (341, 256)), ((100, 1000), (45, 448))])
def test_nano_sizes(size, want):
    assert resized_extent(*size, {"shortest_edge": 256, "longest_edge": 448}) == want
