"""Pushes as a directory does, by scim2-client: scim.py BASE BEARER-FILE [USER], where a user is pushed and deactivated."""

import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import PatchOp, PatchOperation
from scim2_tester import Status, check_server

base, bearer = sys.argv[1], open(sys.argv[2]).read().strip()
http = Client(base_url=base, headers={"Authorization": f"Bearer {bearer}"}, timeout=30)
scim = SyncSCIMClient(http)
scim.discover()
User, Group = scim.get_resource_model("User"), scim.get_resource_model("Group")

if len(sys.argv) > 3:
    user = scim.create(User(user_name=sys.argv[3]))
    patched = scim.modify(User, user.id, PatchOp[User](operations=[PatchOperation(op="replace", path="active", value=False)]))
    assert (patched or scim.query(User, user.id)).active is False
    sys.exit()

user = scim.create(User(user_name="ada@example.com", display_name="Ada", external_id="e-1"))
assert scim.query(User, user.id).user_name == "ada@example.com"
user.display_name = "Ada L."
assert scim.replace(user).display_name == "Ada L."
group = scim.create(Group(display_name="Finance", members=[Group.Members(value=user.id)]))
assert [member.value for member in scim.query(Group, group.id).members] == [user.id]
assert scim.query(User).total_results == 1
scim.delete(Group, group.id)
scim.delete(User, user.id)
print("scim2-client: discovered, created, read, replaced, listed and deleted")

results = check_server(scim)
counted = {status.name: sum(result.status == status for result in results) for status in Status}
print("scim2-tester:", {name: count for name, count in counted.items() if count})
bad = [result for result in results if result.status in (Status.ERROR, Status.CRITICAL)]
for result in bad:
    print(result.status.name, result.title, result.reason)
assert not bad
