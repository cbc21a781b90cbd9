"""Writes a case for the Cityscapes evaluation and its scores, with Python's standard library alone.

    python cityscapes_case.py FOLDER [SEED [FRAMES [WIDTHxHEIGHT]]]

FOLDER gets gt/CITY/*_gtFine_labelIds.png and *_gtFine_instanceIds.png, pred/*.png and scores.json. Maps are rectangles painted over each other, with
instances, groups and noise. The scores are counted pixel by pixel from the evaluation's rules as docs/cityscapes.md states them: a second
opinion on src/PixelNet.Native/Evaluation, which shares no code and no layout with it. Without SEED: the committed case.
"""
import json
import math
import os
import random
import struct
import sys
import zlib

# id: name, category, evaluated, has instances
NAMES = ("unlabeled,ego vehicle,rectification border,out of roi,static,dynamic,ground,road,sidewalk,parking,rail track,building,wall,fence,guard rail,bridge,tunnel,"
         "pole,polegroup,traffic light,traffic sign,vegetation,terrain,sky,person,rider,car,truck,bus,caravan,trailer,train,motorcycle,bicycle").split(",")
CATEGORIES = {"void": range(0, 7), "flat": range(7, 11), "construction": range(11, 17), "object": range(17, 21), "nature": range(21, 23),
              "sky": range(23, 24), "human": range(24, 26), "vehicle": range(26, 34)}
IGNORED = {0, 1, 2, 3, 4, 5, 6, 9, 10, 14, 15, 16, 18, 29, 30}
VALID = [i for i in range(34) if i not in IGNORED]
SIZES = {33: 4672.3249222261, 32: 6298.7200839748, 25: 3930.4788056518, 28: 35732.1511111111, 31: 67583.7075812274, 26: 12794.0202738185,
         24: 3462.4756337644, 27: 27855.1264367816}


def category(i):
    return next(name for name, ids in CATEGORIES.items() if i in ids)


def png(path, width, height, depth, values):
    def chunk(kind, body):
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    code = ">%d%s" % (width, "B" if depth == 8 else "H")
    rows = b"".join(b"\0" + struct.pack(code, *values[y * width:(y + 1) * width]) for y in range(height))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def frame(rng, width, height, pool):
    """Ground truth, instances and prediction: rectangles, then noise on the prediction."""
    truth, instances = [0] * (width * height), [0] * (width * height)
    numbers = {}
    for _ in range(rng.randint(8, 25)):
        label = rng.choice(pool)
        value = label
        if label in range(24, 34) and rng.random() < 0.8:
            value = 1000 * label + numbers.setdefault(label, 0)
            numbers[label] += 1
        x, y = rng.randrange(width), rng.randrange(height)
        for yy in range(y, min(height, y + rng.randint(1, height // 2))):
            for xx in range(x, min(width, x + rng.randint(1, width // 2))):
                truth[yy * width + xx], instances[yy * width + xx] = label, value
    predicted = [p if rng.random() < 0.97 else rng.choice(pool) for p in truth]
    for _ in range(rng.randint(2, 9)):
        label = rng.choice(pool)
        x, y, w, h = rng.randrange(width), rng.randrange(height), rng.randint(1, width // 3), rng.randint(1, height // 3)
        for yy in range(y, min(height, y + h)):
            for xx in range(x, min(width, x + w)):
                predicted[yy * width + xx] = label
    return truth, instances, predicted


def ratio(a, b):
    return a / b if b else math.nan


def mean(values):
    numbers = [v for v in values if not math.isnan(v)]
    return ratio(sum(numbers), len(numbers))


def score(frames):
    matrix = [[0] * 34 for _ in range(34)]
    class_hits, class_misses = dict.fromkeys(SIZES, 0.0), dict.fromkeys(SIZES, 0.0)
    category_hits, category_misses = dict.fromkeys(CATEGORIES, 0.0), dict.fromkeys(CATEGORIES, 0.0)
    for truth, instances, predicted in frames:
        for t, p in zip(truth, predicted):
            matrix[t][p] += 1
        for value in sorted(set(instances)):
            label = value // 1000
            if value <= 1000 or label in IGNORED:
                continue
            guesses = [p for v, p in zip(instances, predicted) if v == value]
            weight, group = SIZES[label] / len(guesses), category(label)
            right, near = sum(g == label for g in guesses), sum(category(g) == group for g in guesses)
            class_hits[label] += weight * right
            class_misses[label] += weight * (len(guesses) - right)
            category_hits[group] += weight * near
            category_misses[group] += weight * (len(guesses) - near)

    def cells(rows, columns):
        return sum(matrix[r][c] for r in rows for c in columns)

    everything = range(34)
    total = cells(everything, everything)
    iou, inst, cat, cat_inst = {}, {}, {}, {}
    for i in everything:
        wrong = cells([r for r in VALID if r != i], [i])
        iou[i] = ratio(matrix[i][i], cells([i], everything) + wrong) if i in VALID else math.nan
        inst[i] = ratio(class_hits[i], class_hits[i] + class_misses[i] + wrong) if i in SIZES else math.nan
    for name, ids in CATEGORIES.items():
        inside, outside = [i for i in ids if i in VALID], [i for i in VALID if i not in ids]
        cat[name] = ratio(cells(inside, inside), cells(inside, everything) + cells(outside, inside))
        cat_inst[name] = ratio(category_hits[name], category_hits[name] + category_misses[name] + cells(outside, ids)) if name in ("human", "vehicle") else math.nan
    pixels = cells(VALID, everything)
    rows = {i: cells([i], everything) for i in VALID}
    return {
        "classScores": {NAMES[i]: iou[i] for i in everything}, "classInstScores": {NAMES[i]: inst[i] for i in everything},
        "categoryScores": cat, "categoryInstScores": cat_inst,
        "averageScoreClasses": mean(iou.values()), "averageScoreInstClasses": mean(inst.values()),
        "averageScoreCategories": mean(cat.values()), "averageScoreInstCategories": mean(cat_inst.values()),
        "confMatrix": matrix, "priors": {NAMES[i]: ratio(cells([i], everything), total) for i in everything},
        "pixelAccuracy": ratio(sum(matrix[i][i] for i in VALID), pixels),
        "meanAccuracy": mean([ratio(matrix[i][i], rows[i]) for i in VALID]),
        "frequencyWeightedIoU": ratio(sum(rows[i] * iou[i] for i in VALID if rows[i]), pixels),
    }


def undefined(value):
    if isinstance(value, dict):
        return {key: undefined(item) for key, item in value.items()}
    return None if isinstance(value, float) and math.isnan(value) else value


def main(folder, seed=1, count=4, size="40x24"):
    rng = random.Random(int(seed))
    width, height = map(int, size.split("x"))
    # Some labels are left out of the whole case, so that undefined scores occur.
    pool = rng.sample(range(34), 26)
    frames = []
    for n in range(int(count)):
        city, key = ("ulm", "bonn")[n % 2], "%s_%06d_%06d" % (("ulm", "bonn")[n % 2], n, rng.randrange(10 ** 6))
        truth, instances, predicted = frame(rng, width, height, pool)
        frames.append((truth, instances, predicted))
        png(os.path.join(folder, "gt", city, key + "_gtFine_labelIds.png"), width, height, 8, truth)
        png(os.path.join(folder, "gt", city, key + "_gtFine_instanceIds.png"), width, height, 16, instances)
        png(os.path.join(folder, "pred", "run", key + "_leftImg8bit_pred.png"), width, height, 8, predicted)
    scores = undefined(score(frames))
    with open(os.path.join(folder, "scores.json"), "w", newline="\n") as file:
        file.write("{\n" + ",\n".join("  %s: %s" % (json.dumps(k), json.dumps(v)) for k, v in scores.items()) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
