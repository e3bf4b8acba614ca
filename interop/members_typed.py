"""Every member of every entry's details is of the type that docs/audit-events.md gives its name. Argument: a file of entries."""

import datetime
import json
import re
import sys
import uuid


def parses(read, value):
    try:
        read(value)
        return isinstance(value, str)
    except (AttributeError, TypeError, ValueError):
        return False


IS = {
    "text": lambda v: isinstance(v, str),
    "number": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "flag": lambda v: isinstance(v, bool),
    "time": lambda v: parses(lambda t: datetime.datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", t).replace("Z", "+00:00")), v),
    "id": lambda v: parses(uuid.UUID, v),
    "list": lambda v: isinstance(v, list),
    "object": lambda v: isinstance(v, dict),
}
page = open("docs/audit-events.md", encoding="utf-8").read()
types = dict(re.findall(r"(?m)^\| `([a-z_0-9]+)` \| (\w+) \|", page))
kinds = set()
for line in open(sys.argv[1], encoding="utf-8"):
    entry = json.loads(line)
    kinds.add(entry["kind"])
    for name, value in entry["details"].items():
        if isinstance(value, dict) and set(value) in ({"salted_sha256"}, {"sha256"}):
            continue
        if name not in types or not IS[types[name]](value):
            sys.exit(f"{entry['kind']}: {name} is {types.get(name, 'not described')}, and not {value!r}")
print(f"members of {len(kinds)} kinds of events are of their types")
