"""COCO's figures of a results file. Used by evaluate.py; `querypose eval` counts the same without Python.

python coco_ap.py TRUTH.json RESULTS.json [THRESHOLD] prints one JSON object.
"""
import contextlib
import io
import json
import sys

NAMES = ["AP", "AP50", "AP75", "AP_medium", "AP_large", "AR", "AR50", "AR75", "AR_medium", "AR_large"]


def at_threshold(run, threshold):
    """Precision and recall at OKS (or IoU) 0.5 of what scores `threshold` or more; people marked as crowd count for neither."""
    everybody = run.params.areaRng[0]
    right = wrong = people = 0
    for image in run.evalImgs:
        if image is None or image["aRng"] != everybody or image["maxDet"] != run.params.maxDets[-1]:
            continue
        people += sum(not ignored for ignored in image["gtIgnore"])
        for match, ignored, score in zip(image["dtMatches"][0], image["dtIgnore"][0], image["dtScores"]):
            if score >= threshold and not ignored:
                right, wrong = right + (match > 0), wrong + (match == 0)
    return {"precision": float(right / max(right + wrong, 1)), "recall": float(right / max(people, 1))}


def figures(truth, rows, threshold=None):
    """Keypoint and box figures of COCO result rows `rows` (a list) against the annotation file `truth`."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    if not rows:
        return dict.fromkeys(NAMES + ["boxAP", "boxAP50", "boxAP_large"], 0.0)
    out = {}
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(truth))
        seen = set(coco.getImgIds())
        for kind in ("keypoints", "bbox"):
            # a row with a box would lend its area to the keypoints, which COCO measures by their own extent
            mine = [{k: v for k, v in r.items() if k in ("image_id", "category_id", "score", kind)} for r in rows if r["image_id"] in seen]
            run = COCOeval(coco, coco.loadRes(mine), kind)
            run.evaluate()
            run.accumulate()
            run.summarize()
            stats = [float(s) for s in run.stats]
            if kind == "keypoints":
                out.update(zip(NAMES, stats))
            else:
                out.update(boxAP=stats[0], boxAP50=stats[1], boxAP_large=stats[5])
            if threshold is not None:
                prefix = "" if kind == "keypoints" else "box_"
                out.update({prefix + k: v for k, v in at_threshold(run, threshold).items()})
    return out


if __name__ == "__main__":
    truth, results, *more = sys.argv[1:]
    with open(results) as file:
        print(json.dumps(figures(truth, json.load(file), float(more[0]) if more else None)))
