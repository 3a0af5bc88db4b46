"""Rules of the API that OpenAPI can say in words only: cases that break them are not sent.

Without this they would count as valid requests, because they fit the schema, or as invalid ones,
because of a parameter that nobody reads.
"""

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import RejectedPositiveData

BY_ONE_ID = {"/task/get", "/task/errors", "/task/explain"}
BY_MANY_IDS = {"/task/list", "/task/clear_show", "/task/hide"}


@schemathesis.hook
def filter_case(context, case):
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    query = {name for name, value in (case.query or {}).items() if value not in ("", [], None)}
    if case.path == "/upload" and case.media_type != "text/csv":
        # Parameters are for files: a JSON body has its own fields. An upload goes on with the id of
        # the request that began it.
        has_id = not is_valid or not case.body.get("upload_id") or case.body.get("user_task_id")
        return not query and bool(has_id)
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
        options = case.body.get("options") if isinstance(case.body, dict) else None
        if case.path == "/upload" and options and {"header", "mapping"} & set(options):
            # Nor are the columns of a business.
            case.body["business"] = "member_import"
            options.update(header=False, mapping={"member_no": "1", "name": "B"})
    return case


def with_whole_numbers(value):
    """To JSON Schema 7.0 is an integer. The API takes it as 7 only."""
    if isinstance(value, dict):
        return {name: with_whole_numbers(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_whole_numbers(item) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value


@schemathesis.hook
def before_add_examples(context, examples):
    # Another task's id may have been filled in beside the documented one.
    for case in examples:
        if case.path in BY_ONE_ID:
            case.query.pop("user_task_id", None)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # A cursor that was not given out is refused: it need not be a place where a row begins.
    is_made_up = case.path == "/task/errors" and bool(case.query.get("cursor"))
    return not (is_made_up and isinstance(failure, RejectedPositiveData))
