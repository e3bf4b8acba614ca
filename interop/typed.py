"""typed.py PAGE DIR: writes DIR/outside.sh and DIR/inside.sh, which type a page's blocks in their order, in one shell.

What is done with a block may be said by a comment on the line above it, which readers do not see:
    <!-- block: not run, REASON -->
    <!-- block: run by TEST as NAME --> left to that test
    <!-- block: needs the network -->   typed before the others
    <!-- block: file NAME -->           its text is that file
    <!-- block: cluster -->             needs an API server; typed where $KUBECONFIG is set
    <!-- block: answer -->              what the block before it prints, if that was typed; … is any text
"""

import os
import pathlib
import re
import shlex
import sys

PAGE, WORK = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
KUBECONFIG = os.environ.get("KUBECONFIG")
INSIDE = """set -euo pipefail
exec 3>&1 4>&2
said() {
  rc=$?
  exec 1>&3 2>&4
  for job in $(jobs -p); do kill "$job" 2>/dev/null || true; done
  [ "$rc" = 0 ] || { echo "deploy: line $line of the page ends with $rc"; tail -n 40 "$log"; tail -n 40 /run/*.log keycloak.log PODS || true; }
}
trap said EXIT
"""


def blocks(lines):
    at = 0
    while at < len(lines):
        fence = re.match(r"^```(\S*)$", lines[at])
        if fence:
            mark = re.match(r"^<!-- block: (.+) -->$", lines[at - 1] if at else "")
            end = lines.index("```", at + 1)
            yield at + 1, fence[1], "\n".join(lines[at + 1 : end]) + "\n", mark[1] if mark else ""
            at = end
        at += 1


def main():
    outside, inside, before = ["set -euo pipefail"], [INSIDE.replace("PODS", f"{WORK}/pods.log")], None
    for line, language, text, mark in blocks(PAGE.read_text().splitlines()):
        written = WORK / f"block{line}"
        written.write_text(text)
        if mark.startswith("not run, "):
            inside.append(f"echo 'deploy: line {line} is not typed: {mark[9:]}' >&3")
        elif mark.startswith("run by "):
            inside.append(f"echo 'deploy: line {line} is typed by {mark.split()[2]}' >&3")
        elif mark == "needs the network":
            outside.append(text)
        elif mark.startswith("file "):
            name = shlex.quote(mark[5:])
            inside.append(f"mkdir -p \"$(dirname {name})\" && cp {written} {name}")
        elif mark == "answer" and not before:
            pass
        elif mark == "answer":
            pattern = ".*".join(re.escape(part) for part in text.strip().split("…"))
            inside.append(f"python3 -c 'import re, sys; sys.exit(not re.search(sys.argv[1], open(sys.argv[2]).read(), re.S))' {shlex.quote(pattern)} {before}")
        elif language == "sh" and mark == "cluster" and not KUBECONFIG:
            before = None
            inside.append(f"echo 'deploy: line {line} is not typed: there is no API server' >&3")
        elif language == "sh":
            before = f"{WORK}/typed{line}.log"
            inside.append(f"line={line} log={before}; begun=$SECONDS; exec 1>{before} 2>&1\n{text}exec 1>&3 2>&4; echo \"deploy: line {line}, $((SECONDS - begun)) s\"")
        else:
            sys.exit(f"{PAGE}:{line} is not typed: say why in a comment above it, or what it is")
    (WORK / "outside.sh").write_text("\n".join(outside) + "\n")
    (WORK / "inside.sh").write_text("\n".join(inside) + "\n")


if __name__ == "__main__":
    main()
