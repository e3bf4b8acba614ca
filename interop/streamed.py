"""Each receiver has the entries of an export, in their order, byte by byte; an entry may have come twice.
Arguments: entries, what rsyslog wrote, bodies of OTLP records, OCSF events, ECS events."""

import json
import sys

entries, syslog, otlp, ocsf, ecs = ([line.rstrip("\n") for line in open(path, encoding="utf-8", newline="\n")] for path in sys.argv[1:])


def message(line):
    head, text = line.split("\t", 1)
    facility, host, application, kind, *structured = head.split(" ")
    entry = json.loads(text)
    assert (facility, application, kind) == ("audit", "errand", entry["kind"]), head
    assert f'sequenceId="{entry["place"] + 1}"' in head, head
    return text.lstrip(" ")


received = {
    "rsyslog": list(map(message, syslog)),
    "OTLP": otlp,
    "OCSF": [json.loads(line)["raw_data"] for line in ocsf],
    "ECS": [json.loads(line)["event"]["original"] for line in ecs],
}
for name, lines in received.items():
    first = list(dict.fromkeys(lines))
    if first[: len(entries)] != entries:
        missing = set(entries) - set(first)
        sys.exit(f"{name}: {len(missing)} of {len(entries)} entries are missing" if missing else f"{name}: another order")
    print(f"{name}: {len(entries)} entries, {len(lines) - len(first)} came twice")
