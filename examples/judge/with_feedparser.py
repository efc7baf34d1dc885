"""Python's feedparser on the documents named on stdin, one JSON object a line; the same shape as
`source parse --json` on stdout, one a line, and at the end the seconds that the reading took."""

import calendar
import json
import sys
import time
import warnings

import feedparser

warnings.simplefilter("ignore")


def instant(parsed):
    if not parsed:
        return None
    try:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(calendar.timegm(parsed)))
    except (ValueError, OverflowError):
        return None


def entry(e):
    contents = e.get("content") or []
    return {
        "id": e.get("id"),
        "title": e.get("title"),
        "link": e.get("link"),
        "published": instant(e.get("published_parsed")),
        "updated": instant(e.get("updated_parsed")),
        "author": e.get("author"),
        "summary": e.get("summary"),
        "content": contents[0].get("value") if contents else None,
    }


def family(version):
    if version in ("rss090", "rss10"):
        return "rdf"
    for name in ("rss", "atom", "json", "cdf"):
        if version.startswith(name):
            return name
    return None


def main():
    spent = 0.0
    for line in sys.stdin:
        asked = json.loads(line)
        with open(asked["path"], "rb") as file:
            octets = file.read()
        headers = {k.lower(): v for k, v in (asked.get("headers") or {}).items()}
        if asked.get("base"):
            headers.setdefault("content-location", asked["base"])
        begun = time.perf_counter()
        try:
            read = feedparser.parse(octets, response_headers=headers)
        except Exception as fault:  # what breaks it is an answer, too
            spent += time.perf_counter() - begun
            print(json.dumps({"broke": str(fault)}))
            continue
        spent += time.perf_counter() - begun
        feed = read.get("feed") or {}
        print(json.dumps({
            "format": family(read.get("version") or ""),
            "title": feed.get("title"),
            "link": feed.get("link"),
            "entries": [entry(e) for e in read.get("entries") or []],
        }))
    print(json.dumps({"version": feedparser.__version__, "seconds": spent}))


main()
