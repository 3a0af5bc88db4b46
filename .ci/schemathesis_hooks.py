"""Rules of the API that OpenAPI can say in words only: cases that break them are not sent.

Without this they would count as valid requests, because they fit the schema, or as invalid ones,
because of a parameter that nobody reads.
"""

import json
import os

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import ObjectLevelAuthorizationViolation, RejectedPositiveData

# What .ci/contract has made.
MADE = json.loads(os.environ["SLUICE_MADE"])
# Which of its tasks a request can be about. Sequences find others, but seldom come as far, and hardly ever with a
# task in the state that is needed.
TASKS = {
    "/task/start": MADE["added"],
    "/task/update": MADE["started"],
    "/task/finish": MADE["started"],
    "/task/pause": [MADE["scheduled"]],
    "/task/resume": [MADE["scheduled"]],
    "/task/retry": MADE["cancelled"],
    "/task/undo": [MADE["undoable"]],
    "/upload/complete": [MADE["ended"]],
}

BY_ONE_ID = {"/task/get", "/task/errors", "/task/explain", "/task/history", "/task/profile"}
BY_MANY_IDS = {"/task/list", "/task/clear_show", "/task/hide", "/task/show"}

ORDERS = "/station/sales_analysis/orderdetail"
# Which parameters belong to which kind of question is not in the schema.
JANUARY = {"query_type": 1, "start_date": "2026-01-01", "end_date": "2026-01-31"}


def as_one_list(body):
    """Orders come in the request or in a file, and the size is of the file."""
    body["file_name"] = "orders.ndjson"
    if body.get("order_data"):
        body.pop("size_bytes", None)
    else:
        body.pop("order_data", None)
        body["size_bytes"] = 100


@schemathesis.hook
def filter_case(context, case):
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    query = {name for name, value in (case.query or {}).items() if value not in ("", [], None)}
    if case.path == "/upload" and case.media_type != "text/csv":
        # Parameters are for files: a JSON body has its own fields. An upload goes on with the id of
        # the request that began it.
        has_id = not is_valid or not case.body.get("upload_id") or case.body.get("user_task_id")
        return not query and bool(has_id)
    if not is_valid and case.path.endswith("/{id}/resend"):
        # Any text in the path is the id of a delivery, which there is not.
        return not case.meta.is_negative_at(ParameterLocation.PATH)
    if not is_valid:
        # Any text is a file, and one with no rows in it is found out later.
        return case.media_type != "text/csv" or not case.meta.is_negative_at(ParameterLocation.BODY)
    if case.path == "/upload":
        # The file is the body: what it is has to be said in the query.
        return {"business", "file_name"} <= query
    if case.path in BY_ONE_ID:
        # Either `task_id` or `user_task_id`.
        return len(query & {"task_id", "user_task_id"}) == 1
    if case.path in BY_MANY_IDS:
        # At most a hundred tasks in all.
        named = case.query if case.path == "/task/list" else case.body
        return sum(len(named.get(name) or ()) for name in ("task_ids", "user_task_ids")) <= 100
    return True


@schemathesis.hook
def map_case(context, case):
    if case.meta is not None and case.meta.generation.mode.is_positive:
        case.body = with_whole_numbers(case.body)
        if case.path == "/station/config" and case.method == "PUT":
            # The names of time zones are not in the schema.
            case.body["time_zone"] = "Asia/Shanghai"
            # Nor are public addresses and secrets.
            case.body.pop("webhooks", None)
        if case.path.endswith("/{id}/resend"):
            case.path_parameters["id"] = MADE["delivery"]
        # Nor is it there which times are ahead.
        if isinstance(case.body, dict):
            case.body.pop("start_at", None)
        if case.query:
            case.query.pop("start_at", None)
        if case.path == "/station/schedules/{name}" and case.method == "PUT":
            # Nor which days there are, nor what a task may be.
            case.path_parameters["name"] = "nightly"
            case.body.update(time_zone="UTC", task={"export": {"business": "member_import"}})
            case.body["when"] = {"time": case.body["when"]["time"], "days": [1, -1]}
        if case.path == "/mail/send":
            # That an audience is of one kind, and which columns there are is not in the schema.
            values = {"member_no": "M1", "name": "Ann", "tier": "gold"}
            named = {"addresses": [{"address": "ann@example.com", "values": values}]}
            is_rows = bool(case.body["audience"].get("business"))
            case.body["audience"] = {"business": "member_import"} if is_rows else named
        if case.path in TASKS and case.body["task_id"] % 3 == 0:
            tasks = TASKS[case.path]
            case.body["task_id"] = tasks[case.body["task_id"] // 3 % len(tasks)]
        if case.path in ("/mail/template", "/mail/preview") and case.method != "GET":
            # What a template may say is not in the schema. Its name and language are as they were made up.
            case.body["texts"] = {"subject": "Welcome, {{ name }}", "html": "<p>{{ name }}</p>"}
            case.body.pop("template", None)
            case.body["sample" if case.method == "PUT" else "values"] = {"name": "Ann"}
        if case.path == "/export":
            # Nor are the columns of a business, nor what is a value of one.
            case.body["business"] = "member_import"
            if case.body.get("columns"):
                case.body["columns"] = ["member_no", "name"]
            if case.body.get("filter"):
                case.body["filter"] = {"points": {"from": 1, "to": 9}, "tier": "gold"}
        if case.path in ("/score/sums", "/score/reconcile"):
            # Which month comes first is not in the schema, nor how many there may be.
            months = case.query if case.path == "/score/sums" else case.body
            months["to"] = months["from"]
        if case.path == "/score/evaluate":
            # A month that has ended, and always the same: after a later one it would be refused.
            case.body["period"] = "2026-01"
        if case.path == ORDERS:
            case.query = dict(JANUARY)
        if case.path == "/station/order/batch/submit":
            as_one_list(case.body)
        if case.path == "/score/actions":
            # One of the two, which the schema cannot say; a cursor is one of an answer.
            case.query = {"period": "2026-01"}
        options = case.body.get("options") if isinstance(case.body, dict) else None
        tolerated = options.get("tolerated_failures") if isinstance(options, dict) else None
        if isinstance(tolerated, dict) and not (tolerated.get("percent") or tolerated.get("rows")):
            # One of both is needed.
            tolerated["rows"] = 1
        if case.path == "/upload" and options and {"header", "mapping"} & set(options):
            # Nor are the columns of a business.
            case.body["business"] = "member_import"
            options.update(header=False, mapping={"member_no": "1", "name": "B"})
    return case


def with_whole_numbers(value):
    """To JSON Schema 7.0 is an integer, and an integer may have any number of digits. The API takes the
    first as 7 only, and refuses numbers of which it could not keep all digits."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


@schemathesis.hook
def before_add_examples(context, examples):
    # Another task's id may have been filled in beside the documented one.
    for case in examples:
        if case.path in BY_ONE_ID:
            case.query.pop("user_task_id", None)
        # The documents' times are past by now.
        for part in (case.query, case.body):
            if isinstance(part, dict):
                part.pop("start_at", None)
        is_set = case.path == "/station/schedules/{name}" and case.method == "PUT"
        if is_set and not {"export", "orders"} & set(case.body["task"]):
            # The inbox of the documents is another station's, and which templates there are is not in the schema.
            case.body["task"] = {"export": {"business": "member_import"}}
        if case.path == "/mail/send" and case.body["audience"].get("object_key"):
            # Nobody has put the documented list into the inbox.
            case.body["audience"] = {"business": "member_import"}
        if case.path == ORDERS:
            case.query = dict(JANUARY)
        if case.path == "/station/order/batch/submit":
            as_one_list(case.body)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # A cursor that was not given out is refused: it need not be a place where a row begins.
    is_made_up = case.path == "/task/errors" and bool(case.query.get("cursor"))
    if is_made_up and isinstance(failure, RejectedPositiveData):
        return False
    # Answers are compared by the id that was asked for, which is there in every answer if it is the empty text. And
    # two stations that have none of the tasks that are asked for get the same answer.
    if case.path == "/task/list" and isinstance(failure, ObjectLevelAuthorizationViolation):
        named = [*(case.query.get("task_ids") or ()), *(case.query.get("user_task_ids") or ())]
        return any(named) and response.json()["data"]["tasks"] != []
    return True
