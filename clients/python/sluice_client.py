#!/usr/bin/env python3
"""Imports a file with Sluice's HTTP API, saves the rows that were not imported, and exports what is stored.

    SLUICE_API=… SLUICE_TOKEN=… python sluice_client.py members.csv --business member_import --id members-2026-11-28

The same command with the same id finds the same import, so that it can be repeated after a crash. The exit code is 0
when every row was imported or skipped, 2 when some were imported, 3 when none was, and 1 for anything else.
"""

import argparse
import os
import pathlib
import sys
import time

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

# A connection that fails and these answers are tried again: as soon as `Retry-After` says, and without it after half a
# second, one, two, … with jitter. Every operation of the API may be repeated, also `POST`.
RETRY = Retry(
    total=8,
    backoff_factor=0.5,
    backoff_max=30,
    backoff_jitter=0.5,
    status_forcelist=[429, 500, 502, 503, 504],
    allowed_methods=None,
    respect_retry_after_header=True,
    raise_on_status=False,
)
TIMEOUT_SECONDS = (10, 60)
MOST_TICKETS = 3


class Refusal(Exception):
    """The API answered and refused. Repeating the same request does not help."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Sluice:
    """Calls the API of one system as one station."""

    def __init__(self, url, token, retry=RETRY):
        self.url = url.rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"}
        self.session = requests.Session()
        for scheme in "http://", "https://":
            self.session.mount(scheme, HTTPAdapter(max_retries=retry))

    def call(self, method, path, **request):
        """Makes a call and returns the `data` of its answer."""
        request = {"headers": self.headers, "timeout": TIMEOUT_SECONDS} | request
        answer = self.session.request(method, self.url + path, **request)
        try:
            envelope = answer.json()
        except requests.JSONDecodeError:
            envelope = {}
        if answer.ok and envelope.get("code") == 0:
            return envelope["data"]
        # API Gateway refuses some requests in its own words, without the envelope.
        message = envelope.get("msg") or envelope.get("message") or f"HTTP {answer.status_code}"
        raise Refusal(envelope.get("code", answer.status_code * 100 + 1), message)

    def upload(self, file, business, user_task_id, options=None):
        """Sends a file and returns the id of its import."""
        wanted = {
            "business": business,
            "file_name": file.name,
            "size_bytes": file.stat().st_size,
            "user_task_id": user_task_id,
            "options": options or {},
        }
        upload_id, sent = None, {}
        for _ in range(MOST_TICKETS):
            answer = self.call("POST", "/upload", json=wanted | {"upload_id": upload_id})
            task_id, ticket = answer["task_id"], answer["upload"]
            if ticket is None:
                return task_id  # The file has arrived already.
            status = self.send(file, ticket, sent)
            if status == 200:
                if ticket["kind"] == "multipart":
                    parts = [{"part_number": number, "etag": etag} for number, etag in sorted(sent.items())]
                    whole = {"task_id": task_id, "upload_id": ticket["upload_id"], "parts": parts}
                    self.call("POST", "/upload/complete", json=whole)
                return task_id
            # Tickets are good for an hour. Another one of the same upload keeps the parts that have arrived; 404 says
            # that the upload is not there any more.
            upload_id = ticket.get("upload_id") if status != 404 else None
            if upload_id is None:
                sent.clear()
        raise RuntimeError(f"the file could not be sent with {MOST_TICKETS} tickets: S3 answered {status}")

    def send(self, file, ticket, sent):
        """Sends a file as its ticket says, and returns the first status that is not 200. `sent` gets the entity tags."""
        with file.open("rb") as content:
            if ticket["kind"] == "put":
                put = self.session.put(ticket["url"], content, headers=ticket["headers"], timeout=TIMEOUT_SECONDS)
                # S3 takes the file once: 412 says that it is there, and that only the answer was lost.
                return 200 if put.status_code == 412 else put.status_code
            for part in ticket["parts"]:
                number = part["part_number"]
                if number in sent:
                    continue
                content.seek((number - 1) * ticket["part_bytes"])
                body = content.read(ticket["part_bytes"])
                put = self.session.put(part["url"], body, timeout=TIMEOUT_SECONDS)
                if not put.ok:
                    return put.status_code
                sent[number] = put.headers["ETag"]
        return 200

    def wait(self, task_id, every_seconds=1.0):
        """Asks for a task until it has ended, and returns it: every second, and after a minute every three."""
        began = time.monotonic()
        while True:
            task = self.call("GET", "/task/get", params={"task_id": task_id})
            if task["progress"] == 100:  # Only then it has ended.
                return task
            time.sleep(every_seconds if time.monotonic() - began < 60 else 3 * every_seconds)

    def row_errors(self, task_id):
        """Yields the rows of an ended import that were not imported."""
        query = {"task_id": task_id, "limit": 100}
        while True:
            page = self.call("GET", "/task/errors", params=query)
            yield from page["errors"]
            if page["next_cursor"] is None:
                return
            query["cursor"] = page["next_cursor"]

    def download(self, url, file):
        """Saves what a presigned URL leads to. Half a file never has the name of a whole one."""
        half = file.with_name(f"{file.name}.part")
        with self.session.get(url, stream=True, timeout=TIMEOUT_SECONDS) as answer:
            answer.raise_for_status()
            with half.open("wb") as saved:
                for piece in answer.iter_content(1 << 20):
                    saved.write(piece)
        half.replace(file)

    def export(self, file, business, user_task_id):
        """Exports the rows of a business into a CSV file, and returns how many they are."""
        wanted = {"business": business, "format": "csv", "user_task_id": user_task_id}
        task = self.wait(self.call("POST", "/export", json=wanted)["task_id"])
        if task["status"] != 3:
            raise RuntimeError(f"the export failed: {task['reason']}")
        self.download(task["result"]["link"], file)
        return task["result"]["rows"]


def main(arguments=None):
    about = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    about.add_argument("file", type=pathlib.Path)
    about.add_argument("--business", required=True)
    about.add_argument("--id", required=True, help="your own id of the import, unique in the station")
    about.add_argument("--failed-rows", type=pathlib.Path, default=pathlib.Path("failed_rows.csv"))
    about.add_argument("--export", type=pathlib.Path, help="export all rows of the business into this file")
    asked = about.parse_args(arguments)
    sluice = Sluice(os.environ["SLUICE_API"], os.environ["SLUICE_TOKEN"])

    task = sluice.wait(sluice.upload(asked.file, asked.business, asked.id))
    print(f"task {task['task_id']} ended with status {task['status']}: {task['reason'] or 'every row was imported'}")
    for error in sluice.row_errors(task["task_id"]):
        print(f"  row {error['row']}: {error['message']}")
    url = task["result"] and task["result"].get("failed_rows_url")
    if url:
        sluice.download(url, asked.failed_rows)
        print(f"correct the rows in {asked.failed_rows}, and import it: it continues this import")
    if asked.export:
        rows = sluice.export(asked.export, asked.business, f"{asked.id}-export")
        print(f"{rows} rows exported to {asked.export}")
    return {3: 0, 4: 2}.get(task["status"], 3)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Refusal, RuntimeError, OSError) as error:
        sys.exit(str(error))
