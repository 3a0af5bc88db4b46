"""The example against a system that runs: `SLUICE_BINARY` names the runner."""

import csv
import http.client
import http.server
import os
import pathlib
import re
import signal
import subprocess
import threading
import urllib.parse

import pytest
from urllib3.util import Retry

import sluice_client
from sluice_client import Refusal, Sluice

BINARY = os.environ.get("SLUICE_BINARY", str(pathlib.Path(__file__).parents[2] / "target/debug/sluice"))
FAST = Retry(
    total=4, backoff_factor=0, status_forcelist=[429, 500, 503], allowed_methods=None, raise_on_status=False
)


@pytest.fixture(scope="module")
def runner(tmp_path_factory):
    """Starts a system, and returns its address and a token."""
    options = ["--data-dir", str(tmp_path_factory.mktemp("data")), "--port", "0"]
    process = subprocess.Popen([BINARY, *options], stdout=subprocess.PIPE, text=True)
    printed = ""
    for line in process.stdout:
        printed += line
        if line.startswith("eyJ"):
            break
    url = re.search(r"HTTP API\s+(\S+)", printed)[1]
    yield url, line.strip()
    process.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture
def sluice(runner):
    return Sluice(*runner, retry=FAST)


@pytest.fixture
def serve():
    """Serves a handler's class on a free port, and returns the address."""
    servers = []

    def start(handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_the_command_imports_saves_what_failed_and_exports(runner, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SLUICE_API", runner[0])
    monkeypatch.setenv("SLUICE_TOKEN", runner[1])
    file, failed, exported = (tmp_path / name for name in ("members.csv", "failed.csv", "all.csv"))
    file.write_text("member_no,name,email\nA1,Ann,ann@example.com\nA2,Bo,bo@\nA1,Cy,\n")
    command = [str(file), "--business", "member_import", "--failed-rows", str(failed)]
    for _ in range(2):  # The second time it finds the first import.
        assert sluice_client.main([*command, "--id", "first", "--export", str(exported)]) == 2
    told = capsys.readouterr().out.splitlines()
    half = len(told) // 2
    assert told[:half] == told[half:]
    assert re.fullmatch(r"task \d+ ended with status 4: 2 of 3 rows were not imported .*", told[0])
    assert [line.split(":")[0] for line in told[1:3]] == ["  row 3", "  row 4"]
    with failed.open(encoding="utf-8-sig") as lines:
        assert [row["error_code"] for row in csv.DictReader(lines)] == ["not_an_email", "duplicate"]
    with exported.open(encoding="utf-8-sig") as lines:
        assert [row["name"] for row in csv.DictReader(lines)] == ["Ann"]

    corrected = tmp_path / "corrected.csv"
    corrected.write_text(failed.read_text().replace("bo@", "bo@example.com").replace("A1,Cy", "A3,Cy"))
    command[0] = str(corrected)
    assert sluice_client.main([*command, "--id", "second"]) == 0


def test_a_large_file_is_sent_in_parts_that_are_kept(sluice, tmp_path):
    file = tmp_path / "large.csv"
    with file.open("w") as large:
        large.write("member_no,name,note\n")
        for number in range(360):
            large.write(f"B{number},Ann,{'x' * 300_000}\n")
    put, parts = sluice.session.put, []

    def refuse_once(url, body, **request):
        number = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["partNumber"][0]
        parts.append(number)
        # The signature does not fit, as when a ticket is too old.
        return put(url + "0" if parts == ["1", "2", "3"] else url, body, **request)

    sluice.session.put = refuse_once
    task = sluice.wait(sluice.upload(file, "member_import", "large"), every_seconds=0.1)
    assert task["rows"]["succeeded"] == 360
    assert parts == ["1", "2", "3", "3", "4", "5", "6", "7"]


def test_lost_answers_change_nothing(runner, serve, tmp_path):
    url, token = runner
    lost = []

    class LosesEachAnswerOnce(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            to = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc)
            headers = {name: self.headers[name] for name in ("authorization", "content-type") if name in self.headers}
            to.request(self.command, self.path, body, headers)
            answer = to.getresponse()
            content = answer.read()
            call = (self.command, self.path.split("?")[0])
            if call not in lost:
                lost.append(call)
                self.close_connection = True
                return
            self.send_response(answer.status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET

        def log_message(self, *_):
            pass

    file = tmp_path / "members.csv"
    file.write_text("member_no,name\nC1,Ann\n")
    sluice = Sluice(serve(LosesEachAnswerOnce), token, retry=FAST)
    task = sluice.wait(sluice.upload(file, "member_import", "lost"), every_seconds=0.1)
    assert task["rows"]["succeeded"] == 1
    assert lost == [("POST", "/upload"), ("GET", "/task/get")]
    direct = Sluice(*runner)
    listed = direct.call("GET", "/task/list", params={"search": "members.csv lost"})["tasks"]
    assert [task["user_task_id"] for task in listed] == ["lost"]


def test_a_busy_system_is_asked_again_after_the_time_that_it_says(serve):
    answers = [429, 503, 200]
    bodies = []

    class Busy(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            bodies.append(self.rfile.read(int(self.headers["content-length"])))
            body = b'{"code":0,"msg":"","data":7}'
            self.send_response(answers.pop(0))
            self.send_header("retry-after", "0")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    assert Sluice(serve(Busy), "token").call("POST", "/task/cancel", json={"task_id": 1}) == 7
    assert len(set(bodies)) == 1 and not answers


def test_a_refusal_has_its_code_and_is_not_repeated(sluice, tmp_path):
    file = tmp_path / "members.csv"
    file.write_text("member_no,name\nD1,Ann\n")
    with pytest.raises(Refusal, match="delimiter") as refused:
        sluice.upload(file, "member_import", "refused", {"delimiter": "ab"})
    assert refused.value.code == 40001
    with pytest.raises(Refusal) as refused:
        Sluice(sluice.url, "none").wait(1)
    assert refused.value.code == 40101


def test_half_a_file_never_has_the_name_of_a_whole_one(serve, tmp_path):
    class CutsOff(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", "100")
            self.end_headers()
            self.wfile.write(b"member_no\nA1\n")

        def log_message(self, *_):
            pass

    file = tmp_path / "all.csv"
    with pytest.raises(OSError):
        Sluice("http://127.0.0.1:9", "", retry=FAST).download(serve(CutsOff), file)
    assert not file.exists()
