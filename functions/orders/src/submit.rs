//! `POST /station/order/batch/submit`

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use sluice_api::{Code, Refusal, SubmitAnswer, SubmitRequest};
use sluice_aws::{Added, Admission, NewTask};
use sluice_basics::fingerprint;
use sluice_basics::object_key;
use sluice_kind::ORDERS;
use sluice_lambda::http::{Scope, actor, body, caller, internal, json_body};
use sluice_lambda::{check_start, task_of};
use sluice_orders::{MOST_LIST_BYTES, OrdersInput};
use sluice_task::start_at::MOST_AHEAD_OF_FILE;
use sluice_task::{Task, TaskStatus, TaskType};

use crate::Orders;

/// The largest list sent as a body: a Lambda request has 6 MB, and its body may come in base64.
const BODY_BYTES: usize = 4 << 20;
/// What a list is called in the bucket.
const LIST: &str = "orders.ndjson";

const OTHER_WAY: &str = "send the orders as NDJSON, one order a line: leave out order_data, give the size of the \
                         file as size_bytes, and PUT the file to the URL in the answer";

impl Orders {
    /// Makes the task that stores a list of orders, or gives the one that was made for the same `task_id`.
    pub(crate) async fn submit(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<SubmitAnswer, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let bytes = body(request)?.len();
        if bytes > BODY_BYTES {
            let msg =
                format!("the body has {bytes} bytes, at most {BODY_BYTES} are taken: {OTHER_WAY}");
            return Err(Refusal::new(Code::TooLarge, msg));
        }
        let wanted: SubmitRequest = json_body(request)?;
        let (id, start_at) = (Some(&wanted.task_id), wanted.start_at);
        check_start(&self.tasks, &station_id, id, start_at, MOST_AHEAD_OF_FILE).await?;
        let list = list_of(&wanted)?;
        let size_bytes = size_of(&wanted, list.as_deref())?;
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        if let Some(reason) = limits.refuse_bytes(size_bytes) {
            return Err(Refusal::new(Code::TooLarge, reason));
        }
        let asked = (&wanted.time_config_id, &wanted.file_name, size_bytes, &list);
        let mut asked = serde_json::to_string(&asked).map_err(internal)?;
        if let Some(start_at) = start_at {
            asked.push_str(&start_at.to_string());
        }
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: Some(wanted.task_id.clone()),
            name: ORDERS.to_owned(),
            business_id: ORDERS.to_owned(),
            business_name: "Orders".to_owned(),
            task_type: TaskType::Import,
            repeat: true,
            work: None,
            fingerprint: fingerprint(asked.as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
            start_at,
        };
        let added = self.tasks.add(&new, |task| {
            serde_json::json!(OrdersInput {
                file_name: wanted.file_name.to_string(),
                size_bytes,
                object_key: object_key::upload(task, LIST),
                time_config_id: wanted.time_config_id.clone(),
            })
        });
        let task = match added.await.map_err(internal)? {
            Added::Conflict(task_id) => {
                return Err(Refusal::conflict(format!(
                    "this task_id belongs to task {task_id}, which was submitted with other content: take \
                     another task_id"
                )));
            }
            added => task_of(added, || limits.no_room())?,
        };
        self.send(task, list).await
    }

    /// Stores the list, whose arrival starts the task, or gives a ticket to send it. An earlier request may have
    /// done so.
    async fn send(&self, task: Task, list: Option<String>) -> Result<SubmitAnswer, Refusal> {
        let input: OrdersInput = serde_json::from_value(task.input).map_err(internal)?;
        let key = &input.object_key;
        let mut upload = None;
        let has_arrived = task.status != TaskStatus::Submitted
            || self.objects.head(key).await.map_err(internal)?.is_some();
        if !has_arrived {
            if let Some(list) = list {
                let put = self.objects.put(key, "application/x-ndjson", list);
                put.await.map_err(internal)?;
            } else {
                let ticket = self.objects.ticket(key, input.size_bytes, None);
                upload = Some(ticket.await.map_err(internal)?);
            }
        }
        Ok(SubmitAnswer {
            task_url: format!("/task/get?task_id={}", task.task_id),
            task_id: task.task_id,
            upload,
        })
    }
}

/// The orders of a request as a file, one a line; none if the file comes next. What is wrong with one of them is
/// said by its result.
fn list_of(wanted: &SubmitRequest) -> Result<Option<String>, Refusal> {
    let name = wanted.file_name.as_str();
    if name.contains(['/', '\\']) {
        return Err(Refusal::bad_input("file_name: a name without folders"));
    }
    let Some(orders) = &wanted.order_data else {
        return Ok(None);
    };
    if orders.is_empty() {
        return Err(Refusal::bad_input("order_data: send at least one order"));
    }
    let mut list = String::new();
    for order in orders {
        // Between values only: a text of JSON has no line breaks.
        list.push_str(&order.get().replace(['\n', '\r'], " "));
        list.push('\n');
    }
    Ok(Some(list))
}

fn size_of(wanted: &SubmitRequest, list: Option<&str>) -> Result<u64, Refusal> {
    match (list, wanted.size_bytes) {
        (Some(list), None) => Ok(list.len() as u64),
        (Some(_), Some(_)) => Err(Refusal::bad_input(
            "size_bytes: is only for a file that comes next: leave it out, or leave out order_data",
        )),
        (None, None) => Err(Refusal::bad_input(format!(
            "order_data: is missing; if there are too many orders for one request, {OTHER_WAY}"
        ))),
        (None, Some(0)) => Err(Refusal::bad_input("size_bytes: the file is empty")),
        (None, Some(size)) if size > MOST_LIST_BYTES => Err(Refusal::new(
            Code::TooLarge,
            format!("size_bytes: a list has at most {MOST_LIST_BYTES} bytes: submit it in parts"),
        )),
        (None, Some(size)) => Ok(size),
    }
}
