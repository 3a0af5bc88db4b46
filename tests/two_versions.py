#!/usr/bin/env python3
"""Runs two versions of Sluice on the same tasks at the same time, and compares what comes of that with one version alone.

    tests/two_versions.py OLD NEW [--seed 1] [--turns 24] [--rows 6000]

OLD and NEW are folders with the binaries `sluice` and `bench` of each version (`cargo build -p sluice -p bench`). A release is
rolled out by sending it a part of the work while the release before goes on (docs/adr/0053): here

- one version serves: the API, the finisher, the sweeper, the streams, and its own workers;
- the splitters, workers, mailers, feedback and notifiers of the other version, in processes of their own, take messages from the same queues;
- every few seconds all of them are killed (SIGKILL) and the versions change places, on the same data.

Meanwhile there are two imports (one of a definition with unique values), a mailing, an import that replaces what the first has
stored, its undo, and an export after each. Then NEW alone does the same on data of its own without a fault. Statuses, counts, failed rows and
the rows of all exports must be the same, an undo may keep rows only if it says so, and nobody may get two e-mails. Exits with 0 if that is so. With NEW
twice it shows what kills alone do.

Needs Python 3. Chunks of killed workers come again after a minute, an import whose worker was killed is undone after five, and what became of the e-mails
of a killed mailer is open for 15: so it takes a quarter of an hour, and is no part of the CI, which has no second version.
"""

import argparse
import collections
import csv
import io
import json
import os
import pathlib
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

# Functions that a queue invokes: the other version's can run in processes of their own.
POLLED = ["splitter", "worker", "mailer", "feedback", "notifier"]
CHUNK_BYTES = 2048
RECIPIENTS = 300
# A chunk whose worker was killed comes again after a minute; what is known of a killed mailer's e-mails, after 15.
PATIENCE_SECONDS = 25 * 60
STATION = "demo"


class System:
    """One version that serves and, if there is another, that one's functions beside it."""

    def __init__(self, data, port, log):
        self.data, self.port, self.log = data, port, log
        self.processes, self.printed = [], None

    def start(self, serving, polling=None):
        command = [serving / "sluice", "--data-dir", self.data, "--port", str(self.port), "--json"]
        command += ["--chunk-bytes", str(CHUNK_BYTES), "--station", STATION]
        server = self.spawn(command, {"RUST_LOG": "info"}, serving, "served")
        line = server.stdout.readline()
        if not line:
            raise SystemExit(f"{serving} does not start on this data: see {self.log}")
        self.printed = json.loads(line)
        if polling is None:
            return
        printed = self.printed
        keys = {"AWS_ACCESS_KEY_ID": printed["access_key_id"], "AWS_SECRET_ACCESS_KEY": printed["secret_access_key"]}
        for function in POLLED:
            command = [polling / "bench", "memory", "--poll", function]
            command += [printed["api"], printed["dynamodb"], printed["sqs"]]
            self.spawn(command, keys, polling, function)

    def spawn(self, command, variables, version, what):
        log = (self.log / f"{version.name}-{what}.log").open("ab")
        environment = os.environ | {"RUST_MIN_STACK": str(8 << 20)} | variables
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
        process = subprocess.Popen([str(part) for part in command], env=environment, **pipes)
        self.processes.append((process, what))
        return process

    def kill(self):
        """Ends all at once. A process that has ended by itself did not do its part."""
        for process, what in self.processes:
            if process.poll() is not None:
                raise SystemExit(f"{what} ended by itself with {process.returncode}: see {self.log}")
        self.end()

    def end(self):
        for process, _ in self.processes:
            process.send_signal(signal.SIGKILL)
        for process, _ in self.processes:
            process.wait()
            process.stdin.close()
            process.stdout.close()
        self.processes = []

    def call(self, method, path, body=None):
        """Asks until there is an answer: every request may be repeated."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            printed = self.printed
            headers = {"Authorization": f"Bearer {printed['token']}", "Content-Type": "application/json"}
            data = None if body is None else json.dumps(body).encode()
            request = urllib.request.Request(printed["api"] + path, data, headers, method=method)
            try:
                with urllib.request.urlopen(request, timeout=20) as answer:
                    return json.load(answer)["data"]
            except urllib.error.HTTPError as error:
                refusal = error.read().decode()
                # What is refused for now says so: an import whose worker was killed is undone after five minutes.
                if error.code < 500 and "ask again in" not in refusal:
                    raise SystemExit(f"{method} {path}: {refusal}") from error
            except (OSError, ValueError):
                pass
            if time.monotonic() > deadline:
                raise SystemExit(f"{method} {path} is not answered")
            time.sleep(0.3)

    def fetch(self, url, content=None):
        """Gets what a link leads to, or puts it there; the answer's status and content."""
        headers = {} if content is None else {"if-none-match": "*"}
        method = "GET" if content is None else "PUT"
        request = urllib.request.Request(url, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, b""
        except OSError:
            return 0, b""

    # What the tasks are.

    def begin_import(self, name, business, content, options=None):
        """Begins an import and sends its file, until S3 has it."""
        wanted = {
            "business": business,
            "file_name": f"{name}.csv",
            "size_bytes": len(content),
            "user_task_id": name,
            "repeat": True,
            "options": options or {},
        }
        while True:
            begun = self.call("POST", "/upload", wanted)
            # None if the file has come.
            if begun.get("upload") is None:
                return
            status, _ = self.fetch(begun["upload"]["url"], content)
            if status in (200, 412):
                return
            time.sleep(0.3)

    def ended(self, name):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            task = self.call("GET", f"/task/get?user_task_id={name}")
            if task["status"] >= 3:
                return task
            if time.monotonic() > deadline:
                raise SystemExit(f"{name} does not end: {task}")
            time.sleep(0.5)

    def file_of(self, name, link):
        """The file that an ended task has made. Its link is new each time: the one before may have led to the version before."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            url = link(self.ended(name)["result"])
            if url is None:
                return None
            status, content = self.fetch(url)
            if status == 200:
                return content
            time.sleep(0.3)
        raise SystemExit(f"the file of {name} is not there")

    def outcome_of_import(self, name):
        task = self.ended(name)
        report = self.file_of(name, lambda result: (result or {}).get("failed_rows_url"))
        outcome = {"status": task["status"], "rows": task["rows"], "reason": task["reason"]}
        return outcome | {"failed rows": None if report is None else failed_rows(report)}

    def export(self, name, business):
        self.call("POST", "/export", {"business": business, "user_task_id": name})
        content = self.file_of(name, lambda result: result["link"]).decode("utf-8-sig")
        # The last column says when it was exported.
        return {"status": self.ended(name)["status"], "rows": sorted(row[:-1] for row in csv.reader(io.StringIO(content)))}

    def mail(self, name):
        template = {
            "name": "welcome",
            "language": "en",
            "version": 0,
            "sample": {"name": "Ann"},
            "texts": {"subject": "Hello {{ name }}", "html": "<p>Dear {{ name }}</p>"},
        }
        self.call("PUT", "/mail/template", template)
        addresses = [{"address": f"m{number}@example.com", "values": {"name": "Ann"}} for number in range(RECIPIENTS)]
        audience = {"addresses": addresses}
        wanted = {"template": "welcome", "language": "en", "audience": audience, "user_task_id": name}
        self.call("POST", "/mail/send", wanted)

    def outcome_of_mailing(self, name):
        """What became of the recipients. Of those that a mailer was about to send to when it was killed nobody knows: they
        are left out, and are listed."""
        result = self.ended(name)["result"]
        print(f"the mailing: {result['sent']} sent, {result['unknown']} unknown", flush=True)
        counts = ["audience", "failed", "suppressed", "duplicate"]
        return {count: result[count] for count in counts} | {"sent or unknown": result["sent"] + result["unknown"]}

    def undo(self, name, of):
        task_id = self.ended(of)["task_id"]
        self.call("POST", "/task/undo", {"task_id": task_id, "user_task_id": name})
        return self.ended(name)["result"]


def failed_rows(report):
    """The rows of a report with the first problem of each. A finisher that goes on where another was killed finds rows stored that
    come later in the file, and says of a row that is refused for its key which of them has its other values."""
    rows = []
    for row in csv.DictReader(io.StringIO(report.decode("utf-8-sig", "surrogateescape"), newline="")):
        for name in "error_column", "error_code", "error_message":
            row[name] = row[name].split("; ")[0]
        # Another one each time.
        del row["error_task"]
        rows.append(tuple(row.values()))
    return sorted(rows)


def taken_back(undone, before, replaced, after):
    """What must be so after an undo. A row that a killed worker and the next one have both replaced is kept, as nobody is certain what
    it was before; every other one is as it was."""
    others = [row for row in after if row not in before]
    print(f"the undo: {undone['deleted']} deleted, {undone['restored']} restored, {undone['kept']} kept", flush=True)
    return {
        "all": sum(undone[count] for count in ("deleted", "restored", "kept", "gone")),
        "gone": undone["gone"],
        "rows": len(after),
        "neither as before nor as imported": [row for row in others if row not in replaced],
        "not restored, and not said to be kept": len(others) - undone["kept"],
    }


def staff(rows, draw):
    """Accounts, some of which want the same numbers, phones and addresses."""
    lines = ["staff_no,name,phone,email"]
    for number in range(rows):
        key = draw.randrange(rows)
        phone = f"138{draw.randrange(10 * rows):08}" if draw.random() < 0.8 else ""
        email = f"p{draw.randrange(rows)}@example.com" if draw.random() < 0.5 else ""
        lines.append(f"K{key},row {number},{phone},{email}")
    return ("\n".join(lines) + "\n").encode()


def renamed(members):
    """The same members under other names."""
    # Some rows are wrong because they are no UTF-8.
    rows = list(csv.reader(io.StringIO(members.decode("utf-8-sig", "surrogateescape"), newline="")))
    header = rows[0]
    name = next(place for place, title in enumerate(header) if "name" in title.lower())
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    for row in rows[1:]:
        row[name] = f"{row[name]} II"
        writer.writerow(row)
    return out.getvalue().encode("utf-8", "surrogateescape")


def tasks(system, files):
    """All tasks, and what comes of each."""
    outcomes = {}
    system.mail("mailing")
    system.begin_import("staff", "staff_import", files["staff"])
    system.begin_import("members", "member_import", files["members"])
    outcomes["members"] = system.outcome_of_import("members")
    outcomes["export"] = system.export("export", "member_import")
    replace = {"on_duplicate": "overwrite", "undoable": True}
    system.begin_import("replaced", "member_import", files["renamed"], replace)
    outcomes["replaced"] = system.outcome_of_import("replaced")
    outcomes["export of what was replaced"] = system.export("export-replaced", "member_import")
    undone = system.undo("undo", "replaced")
    exports = outcomes["export"], outcomes["export of what was replaced"], system.export("export-restored", "member_import")
    outcomes["undo"] = taken_back(undone, *(export["rows"] for export in exports))
    outcomes["staff"] = system.outcome_of_import("staff")
    outcomes["export of staff"] = system.export("export-staff", "staff_import")
    outcomes["mailing"] = system.outcome_of_mailing("mailing")
    return outcomes


def mailbox(data):
    with sqlite3.connect(f"file:{data}/ses/ses.sqlite?mode=ro", uri=True) as database:
        return collections.Counter(address for (address,) in database.execute("SELECT recipient FROM mails"))


def free_port():
    """The first of three ports in a row that nobody has."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port = first.getsockname()[1]
            try:
                for other in port + 1, port + 2:
                    with socket.socket() as one:
                        one.bind(("127.0.0.1", other))
                return port
            except OSError:
                pass


class Turns(threading.Thread):
    """Kills both versions and has them change places, so many times, while the tasks go on."""

    def __init__(self, system, versions, turns, draw):
        super().__init__(daemon=True)
        self.system, self.versions, self.turns, self.draw = system, versions, turns, draw
        self.count, self.over = 0, threading.Event()

    def run(self):
        try:
            while self.count < self.turns and not self.over.wait(self.draw.uniform(1.5, 6)):
                self.system.kill()
                self.count += 1
                self.system.start(*(self.versions if self.count % 2 == 0 else self.versions[::-1]))
        # Also SystemExit, which a thread would swallow.
        except BaseException as error:
            print(f"the versions cannot change places: {error}", file=sys.stderr, flush=True)
            self.system.end()
            os._exit(1)


def committed(log, version):
    """Chunks that a serving version has committed, as its log says."""
    path = log / f"{version.name}-served.log"
    return path.read_text(errors="replace").count("a chunk is committed") if path.exists() else 0


def difference(found, expected):
    if not isinstance(found, list) or not isinstance(expected, list):
        return f"{found} instead of {expected}"
    more, less = ([row for row in one if row not in other] for one, other in ((found, expected), (expected, found)))
    return f"{len(found)} instead of {len(expected)} lines; such as {more[:2]} instead of {less[:2]}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("old", type=lambda path: pathlib.Path(path).resolve())
    arguments.add_argument("new", type=lambda path: pathlib.Path(path).resolve())
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--turns", type=int, default=24)
    arguments.add_argument("--rows", type=int, default=6_000)
    wanted = arguments.parse_args()
    draw = random.Random(wanted.seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="two-versions-"))
    # The same names however the folders are called.
    versions = []
    for name, path in ("old", wanted.old), ("new", wanted.new):
        (folder / name).symlink_to(path)
        versions.append(folder / name)
    old, new = versions
    print(f"logs and data are in {folder}", flush=True)

    generate = [new / "sluice", "generate", "--rows", str(wanted.rows), "--seed", str(wanted.seed)]
    generate += ["--bad-percent", "3", "--duplicate-percent", "2", folder / "members.csv"]
    subprocess.run([str(part) for part in generate], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    members = (folder / "members.csv").read_bytes()
    files = {"members": members, "renamed": renamed(members), "staff": staff(wanted.rows // 4, draw)}

    outcomes, boxes = {}, {}
    for name, turns in ("two versions", wanted.turns), ("one version", 0):
        log = folder / name.replace(" ", "-")
        log.mkdir()
        system = System(log / "data", free_port(), log)
        began = time.monotonic()
        changing = Turns(system, (new, old), turns, draw)
        try:
            system.start(*((new, old) if turns else (new,)))
            changing.start()
            outcomes[name] = tasks(system, files)
            changing.over.set()
            changing.join()
            system.kill()
        finally:
            changing.over.set()
            system.end()
        boxes[name] = mailbox(log / "data")
        seconds = time.monotonic() - began
        print(f"{name}: {seconds:.0f} s, the versions changed places {changing.count} times", flush=True)
        if turns:
            print(f"chunks committed by the version that served: old {committed(log, old)}, new {committed(log, new)}")

    wrong = 0
    for task, expected in outcomes["one version"].items():
        found = outcomes["two versions"][task]
        is_same = found == expected
        wrong += not is_same
        size = len(expected["rows"]) if isinstance(expected.get("rows"), list) else expected.get("rows") or expected
        print(f"{'same' if is_same else 'DIFFERS'}: {task}: {size}")
        if not is_same:
            for key in expected:
                if found[key] != expected[key]:
                    print(f"  {key}: {difference(found[key], expected[key])}")
    for name, box in boxes.items():
        twice = [address for address, mails in box.items() if mails > 1]
        wrong += bool(twice)
        print(f"mailbox, {name}: {len(box)} of {RECIPIENTS} recipients, {len(twice)} of them got several")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
