"""Rules of the API that OpenAPI can say in words only: cases that break them are not sent.

Without this they would count as valid requests, because they fit the schema, or as invalid ones,
because of a parameter that nobody reads.
"""

import schemathesis

BY_ONE_ID = {"/task/get", "/task/errors", "/task/explain"}


@schemathesis.hook
def filter_case(context, case):
    query = {name for name, value in (case.query or {}).items() if value not in ("", [], None)}
    is_valid = case.meta is None or case.meta.generation.mode.is_positive
    if case.path in BY_ONE_ID:
        # Either `task_id` or `user_task_id`.
        return not is_valid or len(query & {"task_id", "user_task_id"}) == 1
    if case.path == "/task/list" and is_valid:
        # At most a hundred tasks in all.
        named = [case.query.get(name) or [] for name in ("task_ids", "user_task_ids")]
        return sum(map(len, named)) <= 100
    if case.path == "/upload":
        if case.media_type == "text/csv":
            # The file is the body: what it is has to be said in the query.
            return not is_valid or {"business", "file_name"} <= query
        # Parameters are for files: a JSON body has its own fields.
        return not query
    return True


@schemathesis.hook
def before_add_examples(context, examples):
    # Another task's id may have been filled in beside the documented one.
    for case in examples:
        if case.path in BY_ONE_ID:
            case.query.pop("user_task_id", None)
