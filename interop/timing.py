"""timing.py BROKER ROUNDS KNOWN UNKNOWN KNOWN_ELSEWHERE UNKNOWN_ELSEWHERE: pairs of requests whose answers are alike, timed.

KNOWN and UNKNOWN are good tokens of a registered agent and of nobody; the others are the same for another audience.
"""

import random
import statistics
import sys
import time
import uuid

import requests

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
JWT = "urn:ietf:params:oauth:token-type:jwt"


def exchange(token, **more):
    form = {"grant_type": GRANT, "subject_token": token, "subject_token_type": JWT}
    return "/oauth2/token", {**form, **more}, None


def broken(token):
    head, claims, signature = token.split(".")
    return f"{head}.{claims}.{signature[:20]}{'B' if signature[20] == 'A' else 'A'}{signature[21:]}"


def introspect(lease, caller):
    return "/oauth2/introspect", {"token": lease, "token_type_hint": "lease"}, caller


def timed(session, broker, request):
    path, form, bearer = request
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    start = time.perf_counter_ns()
    answer = session.post(broker + path, data=form, headers=headers, timeout=30)
    took = time.perf_counter_ns() - start
    body = answer.json()
    return took / 1e6, (answer.status_code, body.get("error"), body.get("active"))


def bootstrap(one, other, rounds=400):
    """The middle 95 % of the difference of medians, resampled."""
    differences = sorted(
        statistics.median(random.choices(other, k=len(other))) - statistics.median(random.choices(one, k=len(one)))
        for _ in range(rounds)
    )
    return differences[int(rounds * 0.025)], differences[int(rounds * 0.975)]


def quartiles(times):
    first, median, third = statistics.quantiles(times, n=4)
    return f"{median:6.2f} ms ({first:.2f} to {third:.2f})"


def compare(session, broker, rounds, title, pair):
    times = {name: [] for name in pair}
    said = {name: set() for name in pair}
    for turn in range(rounds + 30):
        for name in random.sample(list(pair), 2):
            took, answer = timed(session, broker, pair[name])
            if turn >= 30:  # the first ones warm the service up
                times[name].append(took)
                said[name].add(answer)
    one, other = pair
    low, high = bootstrap(times[one], times[other])
    print(f"{title}, {rounds} each, answers {'alike' if said[one] == said[other] else f'NOT alike: {said}'}")
    for name in pair:
        print(f"  {name:34s} {quartiles(times[name])}")
    print(f"  difference of medians, 95 %        {low:+.2f} to {high:+.2f} ms")


def main(broker, rounds, known, unknown, known_elsewhere, unknown_elsewhere):
    session = requests.Session()
    rounds = int(rounds)
    details = '[{"type":"tool_access","identifier":"timed-tool","actions":["read"]}]'
    granted = session.post(
        broker + "/oauth2/token", data=exchange(known, authorization_details=details)[1], timeout=30
    ).json()
    lease = granted["credentials"][0]["lease_id"]
    pairs = {
        "a forged signature": {"names a known agent": exchange(broken(known)), "names nobody": exchange(broken(unknown))},
        "a token for another audience": {
            "of a known agent": exchange(known_elsewhere),
            "of nobody": exchange(unknown_elsewhere),
        },
        "a good token, and a request that is refused": {
            "of a known agent": exchange(known, task="nonsense"),
            "of nobody": exchange(unknown, task="nonsense"),
        },
        "introspection by a stranger": {
            "of somebody's lease": introspect(lease, unknown),
            "of no lease": introspect(str(uuid.uuid4()), unknown),
        },
    }
    for title, pair in pairs.items():
        compare(session, broker, rounds, title, pair)


if __name__ == "__main__":
    main(*sys.argv[1:])
