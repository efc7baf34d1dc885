"""What scikit-learn makes of the same rows and parts: tf-idf with complement naive Bayes, and with
logistic regression, both as they come. Rows on stdin, one JSON object a line: set, parts (one for each
way of cutting), judged, title, text, topic. Every part is judged by a model of the others. One JSON
object on stdout: set -> model -> accuracy and macro-F1 for each way of cutting."""

import json
import sys

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

found = {}
for name, rows in sets.items():
    splits = [asked(rows, split) for split in range(len(rows[0]["parts"]))]
    found[name] = {
        model: [
            [accuracy_score(true, said[model]), f1_score(true, said[model], average="macro")]
            for true, said in splits
        ]
        for model in MODELS
    }
print(json.dumps(found))
