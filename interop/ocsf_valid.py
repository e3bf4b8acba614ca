"""Every event is of its class of OCSF 1.5 and has no member that the class does not know. Argument: a file of events, one a line."""

import collections
import json
import sys

import pydantic
from ocsf_emitter import _models as models

CLASSES = {3002: models.Authentication, 3004: models.EntityManagement, 3005: models.UserAccess}
seen = collections.Counter()


def strangers(value, path=""):
    """Members that the schema's generated classes keep without knowing them."""
    if isinstance(value, pydantic.BaseModel):
        # `unmapped` is the schema's place for what it does not know.
        yield from (f"{path}.{name}" for name in (value.model_extra or {}) if not path.endswith(".unmapped"))
        for name in type(value).model_fields:
            yield from strangers(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, list):
        for one in value:
            yield from strangers(one, path)


for line in open(sys.argv[1], encoding="utf-8"):
    raw = json.loads(line)
    event = CLASSES[raw["class_uid"]].model_validate(raw)
    unknown = list(strangers(event))
    if unknown or raw["type_uid"] != raw["class_uid"] * 100 + raw["activity_id"]:
        sys.exit(f"{raw['message']}: not of its class: {unknown or raw['type_uid']}")
    if raw["class_uid"] == 3002 and not raw.get("service") and not raw.get("dst_endpoint"):
        sys.exit(f"{raw['message']}: Authentication needs a service or an endpoint")
    seen[raw["class_name"], raw["activity_name"]] += 1
for what, times in sorted(seen.items()):
    print(f"OCSF {what[0]}, {what[1]}: {times}")
sys.exit(len({name for name, _ in seen}) != 3 and "one of the three classes was never sent")
