//! `GET /station/sales_analysis/orderdetail`: few orders come at once, many by a task.

use std::collections::BTreeSet;

use aws_lambda_events::apigw::ApiGatewayV2httpRequest;
use futures::TryStreamExt;
use futures::stream::{self, BoxStream};
use jiff::Timestamp;
use kind_export::{fresh_number, small_file};
use kind_orders::{OrderRows, layout};
use sluice_api::{OrderDetailAnswer, Refusal};
use sluice_aws::{Admission, FoundOrder, NewTask, OrdersOfShard, ReadOrderError, order_format};
use sluice_basics::fingerprint;
use sluice_basics::ids::StationId;
use sluice_basics::object_key;
use sluice_kind::{ORDER_EXPORT, ORDERS};
use sluice_lambda::http::{Scope, actor, caller, format_refusal, has_scope, internal, parameter};
use sluice_lambda::task_of;
use sluice_orders::{INDEX_SHARDS, OrderExportInput, OrderParameters};
use sluice_task::TaskType;

use crate::Orders;

/// Orders that come at once.
const FEW: usize = 20;
/// The most bytes of their rows.
const FEW_BYTES: usize = 4 << 20;

impl Orders {
    /// Exports orders: a link to the file if there are few, else a task that makes it.
    pub(crate) async fn detail(
        &self,
        request: &ApiGatewayV2httpRequest,
    ) -> Result<OrderDetailAnswer, Refusal> {
        let station_id = caller(request, Scope::Write)?;
        let may_see_sensitive = has_scope(request, Scope::Export);
        let parameters = parameters(request)?;
        let query = parameters.query();
        let query = query.map_err(|error| Refusal::bad_input(error.to_string()))?;
        let format = order_format(&self.objects, &station_id, parameters.format.as_deref());
        let (name, format) = format.await.map_err(format_refusal)?;
        let now = Timestamp::now();
        let input = OrderExportInput::new(query, name, format, may_see_sensitive, now);
        let few = self.few(&station_id, &input).await?;
        match few.and_then(|orders| rows_of_few(&input, orders)) {
            Some(rows) => self.at_once(&station_id, &input, &rows, now).await,
            None => self.by_a_task(request, station_id, &input).await,
        }
    }

    /// The orders that are wanted, if there are few and they are found soon.
    async fn few(
        &self,
        station: &StationId,
        input: &OrderExportInput,
    ) -> Result<Option<Vec<FoundOrder>>, Refusal> {
        let shards = (0..INDEX_SHARDS).map(|shard| {
            let orders = self.table.shard(station, &input.filter, shard);
            pages(orders)
        });
        let mut pages = stream::select_all(shards);
        let rows = OrderRows::new(input);
        let found = async {
            let mut found = Vec::new();
            while let Some(page) = pages.try_next().await? {
                found.extend(page.into_iter().filter(|order| rows.takes(order)));
                if found.len() > FEW {
                    return Ok(None);
                }
            }
            Ok(Some(found))
        };
        match tokio::time::timeout(self.patience, found).await {
            Ok(Ok(found)) => Ok(found),
            Ok(Err(ReadOrderError::Aws(error))) => Err(internal(error)),
            // The task says what is wrong with the orders.
            Err(_) | Ok(Err(_)) => Ok(None),
        }
    }

    async fn at_once(
        &self,
        station: &StationId,
        input: &OrderExportInput,
        rows: &[u8],
        now: Timestamp,
    ) -> Result<OrderDetailAnswer, Refusal> {
        let file = small_file(&layout(input, now), rows).map_err(internal)?;
        let name = format!("{}-{:08x}", now.as_nanosecond(), fresh_number());
        let key = object_key::export_at_once(station, &name, input.format.extension());
        let stored = self.objects.put(&key, input.format.content_type(), file);
        stored.await.map_err(internal)?;
        let link = self.objects.link(&key, &input.file_name).await;
        Ok(OrderDetailAnswer {
            is_async: 0,
            task_id: None,
            task_url: None,
            link: Some(link.map_err(internal)?),
        })
    }

    async fn by_a_task(
        &self,
        request: &ApiGatewayV2httpRequest,
        station_id: StationId,
        input: &OrderExportInput,
    ) -> Result<OrderDetailAnswer, Refusal> {
        let limits = self.limits.of(&station_id).await.map_err(internal)?;
        let input = serde_json::to_value(input).map_err(internal)?;
        let new = NewTask {
            created_by: actor(request),
            station_id,
            user_task_id: None,
            name: ORDER_EXPORT.to_owned(),
            business_id: ORDERS.to_owned(),
            business_name: "Orders".to_owned(),
            task_type: TaskType::Export,
            // The orders may have changed since: nothing is the same export.
            repeat: true,
            work: None,
            fingerprint: fingerprint(input.to_string().as_bytes()),
            admission: Admission::Below(limits.max_running_imports),
            start_at: None,
        };
        let added = self.starter.start(&new, |_| input.clone()).await;
        let task = task_of(added.map_err(internal)?, || limits.no_room())?;
        Ok(OrderDetailAnswer {
            is_async: 1,
            task_id: Some(task.task_id),
            task_url: Some(format!("/task/get?task_id={}", task.task_id)),
            link: None,
        })
    }
}

/// The rows of few orders; none if they are large.
fn rows_of_few(input: &OrderExportInput, mut orders: Vec<FoundOrder>) -> Option<Vec<u8>> {
    orders.sort_by(|one, other| one.key.cmp(&other.key));
    let mut rows = OrderRows::new(input);
    for order in &orders {
        for line in &order.order.lines {
            rows.add(order, line);
            if rows.bytes() > FEW_BYTES {
                return None;
            }
        }
    }
    Some(rows.take())
}

/// The orders of a shard, page by page.
fn pages(orders: OrdersOfShard<'_>) -> BoxStream<'_, Result<Vec<FoundOrder>, ReadOrderError>> {
    Box::pin(stream::try_unfold(orders, async |mut orders| {
        let page = orders.next_orders().await?;
        Ok(page.map(|page| (page, orders)))
    }))
}

/// The parameters of a request, each of which must be one that there is.
fn parameters(request: &ApiGatewayV2httpRequest) -> Result<OrderParameters, Refusal> {
    let mut parameters = OrderParameters::default();
    let names: BTreeSet<&str> = request
        .query_string_parameters
        .iter()
        .map(|(name, _)| name)
        .collect();
    for name in names {
        let value = parameter(request, name).unwrap_or_default();
        let set = parameters.set(name, value);
        set.map_err(|error| Refusal::bad_input(error.to_string()))?;
    }
    Ok(parameters)
}
