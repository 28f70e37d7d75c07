"""pycocotools' figures of many small sets, for tests/coco: a JSON list of sets on stdin, a JSON list of lists out."""
import contextlib
import io
import json
import sys

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval


def index(images, annotations):
    coco = COCO()
    coco.dataset = {"info": {}, "images": images, "annotations": annotations, "categories": [{"id": 1, "name": "person"}]}
    coco.createIndex()
    return coco


def figures(one, kind):
    images = [{"id": i + 1} for i in range(one["pictures"])]
    truth = index(images, [{**a, "id": i + 1, "category_id": 1} for i, a in enumerate(one["truth"])])
    rows = [{"image_id": r["image_id"], "category_id": 1, "score": r["score"], kind: r[kind]} for r in one["found"]]
    run = COCOeval(truth, truth.loadRes(rows) if rows else index(images, []), kind)
    run.evaluate()
    run.accumulate()
    run.summarize()
    return [float(s) for s in run.stats]


with contextlib.redirect_stdout(io.StringIO()):
    out = [[figures(one, kind) for kind in ("keypoints", "bbox")] for one in json.load(sys.stdin)]
print(json.dumps(out))
