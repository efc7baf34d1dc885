"""What scikit-learn makes of the same rows and parts: tf-idf with complement naive Bayes, and with
logistic regression, both as they come. Rows on stdin, one JSON object a line: set, part, title, text,
topic. Every part is judged by a model of the others. One JSON object on stdout: set -> model ->
accuracy, macro-F1."""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.naive_bayes import ComplementNB

sets = {}
for line in sys.stdin:
    row = json.loads(line)
    sets.setdefault(row["set"], []).append(row)

found = {}
for name, rows in sets.items():
    true, said = [], {"cnb": [], "lr": []}
    for part in sorted({row["part"] for row in rows}):
        rest = [row for row in rows if row["part"] != part]
        held = [row for row in rows if row["part"] == part]
        text = lambda row: row["title"] + "\n" + row["text"]
        counted = TfidfVectorizer()
        learnt = counted.fit_transform(map(text, rest))
        asked = counted.transform(map(text, held))
        topics = [row["topic"] for row in rest]
        true += [row["topic"] for row in held]
        said["cnb"] += list(ComplementNB().fit(learnt, topics).predict(asked))
        said["lr"] += list(LogisticRegression(max_iter=1000).fit(learnt, topics).predict(asked))
    found[name] = {
        model: [accuracy_score(true, topics), f1_score(true, topics, average="macro")]
        for model, topics in said.items()
    }
print(json.dumps(found))
