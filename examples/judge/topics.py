"""What scikit-learn makes of the same rows and parts: tf-idf with complement naive Bayes, and with
logistic regression, both as they come. Rows on stdin, one JSON object a line: set, parts (one for each
way of cutting), judged, title, text, topic. Every part is judged by a model of the others. One JSON
object on stdout: set -> model -> accuracy and macro-F1 for each way of cutting that there was time for:
no further one is begun that would end after the seconds of the first argument."""

import json
import sys
import time

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.naive_bayes import ComplementNB

MODELS = {"cnb": ComplementNB, "lr": lambda: LogisticRegression(max_iter=1000)}


def text(row):
    return row["title"] + "\n" + row["text"]


def asked(rows, split):
    """The topics of the judged rows, and what each model says of them."""
    true, said = [], {model: [] for model in MODELS}
    for part in sorted({row["parts"][split] for row in rows}):
        rest = [row for row in rows if row["parts"][split] != part]
        held = [row for row in rows if row["parts"][split] == part and row["judged"]]
        if not held:
            continue
        counted = TfidfVectorizer()
        learnt = counted.fit_transform(map(text, rest))
        new = counted.transform(map(text, held))
        topics = [row["topic"] for row in rest]
        true += [row["topic"] for row in held]
        for model, make in MODELS.items():
            said[model] += list(make().fit(learnt, topics).predict(new))
    return true, said


sets = {}
for line in sys.stdin:
    row = json.loads(line)
    sets.setdefault(row["set"], []).append(row)

most, begun = float(sys.argv[1]), time.monotonic()
found = {name: {model: [] for model in MODELS} for name in sets}
for split in range(len(next(iter(sets.values()))[0]["parts"])):
    spent = time.monotonic() - begun
    if split and spent + spent / split > most:
        break
    for name, rows in sets.items():
        true, said = asked(rows, split)
        for model in MODELS:
            f1 = f1_score(true, said[model], average="macro")
            found[name][model].append([accuracy_score(true, said[model]), f1])
        print(f"topics: scikit-learn, {name}, cut {split + 1}: {time.monotonic() - begun:.0f} s", file=sys.stderr)
print(json.dumps(found))
