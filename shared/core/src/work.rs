//! What a task's work is, so that equal work is known: for imports the same bytes for the same
//! business, for all other tasks the same request.

use crate::api::AddRequest;
use crate::fingerprint;
use crate::ids::BusinessId;
use crate::task::{Task, TaskStatus};

/// The digest of importing a file. `content` is a checksum of its bytes.
pub fn of_file(business: &BusinessId, size_bytes: u64, content: &str) -> String {
    fingerprint(format!("file\n{business}\n{size_bytes}\n{content}").as_bytes())
}

/// The digest of what a service asks for: handler, type, business and input. Two inputs are equal
/// if they are as JSON, whatever the order of their fields.
pub fn of_request(request: &AddRequest) -> String {
    let work = serde_json::json!({
        "name": request.name,
        "type": request.kind,
        "business_id": request.business_id,
        "input": request.input,
    });
    fingerprint(work.to_string().as_bytes())
}

/// Why work is not done again, and what to do: for the caller.
pub fn refusal(equal: &Task) -> String {
    let task_id = equal.task_id;
    let (what, done, again) = if equal.is_file_import() {
        (
            "the same file",
            "imported",
            "to import it all the same, send it with repeat: true (on the command line --repeat)",
        )
    } else {
        (
            "the same work",
            "done",
            "to do it all the same, add it with repeat: true",
        )
    };
    let since = equal.start_time.unwrap_or(equal.create_time);
    let ended = equal.end_time.unwrap_or(equal.modify_time);
    match equal.status {
        TaskStatus::Submitted => format!(
            "{what} has been waiting as task {task_id} since {since:.0}: wait for that one; {again}"
        ),
        TaskStatus::Running => {
            format!(
                "{what} has been running as task {task_id} since {since:.0}: wait for that one; {again}"
            )
        }
        TaskStatus::Finished => {
            format!("{what} was {done} on {ended:.0} as task {task_id}; {again}")
        }
        TaskStatus::PartlySucceeded | TaskStatus::Failed => format!(
            "{what} was {done} in part on {ended:.0} as task {task_id}: retry that task, or correct \
             what it reports; {again}"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(input: &str) -> AddRequest {
        let json = format!(
            r#"{{"name":"tiers","business_id":"b","business_name":"B","type":2,"input":{input}}}"#
        );
        serde_json::from_str(&json).expect("a request")
    }

    #[test]
    fn equal_work_has_the_same_digest_whatever_the_order_of_fields() {
        let one = of_request(&request(r#"{"a":1,"b":[1,2]}"#));
        assert_eq!(one, of_request(&request(r#"{ "b":[1,2], "a":1 }"#)));
        assert_ne!(one, of_request(&request(r#"{"a":1,"b":[2,1]}"#)));
        let named = AddRequest {
            user_task_id: "x".parse().ok(),
            repeat: true,
            ..request(r#"{"a":1,"b":[1,2]}"#)
        };
        assert_eq!(one, of_request(&named), "the caller's id is not the work");
    }

    #[test]
    fn a_file_is_the_same_for_one_business_only() {
        let members: BusinessId = "members".parse().expect("a business");
        let scores: BusinessId = "scores".parse().expect("a business");
        assert_eq!(of_file(&members, 5, "x"), of_file(&members, 5, "x"));
        assert_ne!(of_file(&members, 5, "x"), of_file(&scores, 5, "x"));
        assert_ne!(of_file(&members, 5, "x"), of_file(&members, 6, "x"));
    }
}
