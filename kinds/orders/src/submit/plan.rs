//! Planning: the list is read once. Chunks end where lines end, and numbers that several orders have are noted, so
//! that whichever chunk runs first, the first valid order with a number is the one that is stored.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use async_trait::async_trait;
use futures::StreamExt;
use sluice_aws::{ObjectError, Objects, Settings};
use sluice_basics::ids::TaskRef;
use sluice_basics::object_key;
use sluice_csv::Chunk;
use sluice_engine::{BoxError, Cut, CutTask, Segments};
use sluice_lambda::Init;
use sluice_orders::{
    Line, MOST_LIST_ORDERS, Order, OrderLines, OrdersInput, OrdersPlan, Repeated, TimeConfigId,
};
use sluice_task::Task;

use super::LIST_CHANGED;

/// The most orders of a chunk, whose results are in memory together if it is not done. Storing them takes a
/// fraction of a worker's time, also where each takes a tenth of a second.
const MOST_CHUNK_ORDERS: u64 = 5_000;

/// Plans how lists are stored.
#[derive(Debug)]
pub(crate) struct PlanOrders {
    objects: Objects,
    chunk_bytes: u64,
}

/// A list that is being cut.
struct Cutting<'a> {
    chunk_bytes: u64,
    cycles: &'a TimeConfigId,
    chunks: Vec<Chunk>,
    /// Where the chunk at hand starts, and its first order.
    start: u64,
    first: u64,
    orders: u64,
    /// Numbers, each with the index of the first valid order that has it.
    numbers: HashMap<String, u64>,
    repeated: Repeated,
}

impl<'a> Cutting<'a> {
    fn new(chunk_bytes: u64, cycles: &'a TimeConfigId) -> Self {
        Self {
            chunk_bytes,
            cycles,
            chunks: Vec::new(),
            start: 0,
            first: 0,
            orders: 0,
            numbers: HashMap::new(),
            repeated: Repeated::new(),
        }
    }

    fn line(&mut self, line: &Line) {
        // An order that is not stored anyway is in the way of no other.
        let order = Order::of_list(line.order.as_deref(), self.cycles).ok();
        if let Some(number) = order.and_then(|order| order.order_no) {
            match self.numbers.entry(number.to_string()) {
                Entry::Vacant(free) => {
                    free.insert(self.orders);
                }
                Entry::Occupied(first) => {
                    self.repeated.insert(number.to_string(), *first.get());
                }
            }
        }
        self.orders += 1;
        let is_full = self.orders - self.first >= MOST_CHUNK_ORDERS;
        if is_full || line.end - self.start >= self.chunk_bytes {
            self.cut(line.end);
        }
    }

    /// Ends the chunk at hand.
    fn cut(&mut self, end: u64) {
        self.chunks.push(Chunk {
            number: self.chunks.len() as u32,
            start: self.start,
            end,
            first_row: self.first,
            records: self.orders - self.first,
        });
        (self.start, self.first) = (end, self.orders);
    }

    /// Ends the list. Blank lines at its end belong to the last chunk.
    fn finish(mut self, end: u64) -> (Vec<Chunk>, Repeated) {
        if self.first < self.orders {
            self.cut(end);
        } else if let Some(last) = self.chunks.last_mut() {
            last.end = end;
        }
        (self.chunks, self.repeated)
    }
}

impl PlanOrders {
    pub(crate) fn new(init: &Init<'_>) -> Result<Self, BoxError> {
        let settings = Settings::new(init.lookup);
        Ok(Self {
            objects: Objects::new(init.clients, settings.required("FILES_BUCKET")?),
            chunk_bytes: settings.parsed("CHUNK_BYTES")?,
        })
    }

    /// Notes the numbers that several orders have. Returns where, if there are any.
    async fn note(&self, task: &TaskRef, repeated: &Repeated) -> Result<Option<String>, BoxError> {
        if repeated.is_empty() {
            return Ok(None);
        }
        let key = object_key::repeated_orders(task);
        self.objects.put_json(&key, repeated).await?;
        Ok(Some(key))
    }
}

#[async_trait]
impl CutTask for PlanOrders {
    async fn cut(&self, task: &Task) -> Result<Cut, BoxError> {
        let refused = |words: String| Ok(Cut::Refused(words));
        let input: OrdersInput = serde_json::from_value(task.input.clone())?;
        let Some(list) = self.objects.head(&input.object_key).await? else {
            return refused("the list of orders is not there any more: submit it again".to_owned());
        };
        if list.size_bytes != input.size_bytes {
            return refused(format!(
                "the list has {} bytes, and {} were announced: submit it again",
                list.size_bytes, input.size_bytes
            ));
        }
        let reader = self.objects.reader(&input.object_key, &list.etag, None);
        let mut cutting = Cutting::new(self.chunk_bytes, &input.time_config_id);
        let mut lines = OrderLines::default();
        let mut bytes = reader.read_ahead(0..list.size_bytes);
        while let Some(piece) = bytes.next().await {
            match piece {
                Ok(piece) => lines.push(&piece),
                Err(ObjectError::Changed) => {
                    return refused(LIST_CHANGED.to_owned());
                }
                Err(error) => return Err(error.into()),
            }
            while let Some(line) = lines.next_line() {
                cutting.line(&line);
            }
            if cutting.orders > MOST_LIST_ORDERS {
                return refused(format!(
                    "the list has more than {MOST_LIST_ORDERS} orders: submit it in parts"
                ));
            }
        }
        if let Some(line) = lines.finish() {
            cutting.line(&line);
        }
        let (chunks, repeated) = cutting.finish(list.size_bytes);
        if chunks.is_empty() {
            return refused("the list has no orders".to_owned());
        }
        let plan = OrdersPlan {
            object_key: input.object_key,
            object_etag: list.etag,
            time_config_id: input.time_config_id,
            repeated: self.note(&task.reference(), &repeated).await?,
        };
        Ok(Cut::Into(Segments::of(chunks, &plan)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(list: &str, chunk_bytes: u64) -> (Vec<Chunk>, Repeated) {
        let cycles = "12".parse().expect("an id");
        let mut cutting = Cutting::new(chunk_bytes, &cycles);
        let mut lines = OrderLines::default();
        lines.push(list.as_bytes());
        while let Some(line) = lines.next_line() {
            cutting.line(&line);
        }
        if let Some(line) = lines.finish() {
            cutting.line(&line);
        }
        cutting.finish(list.len() as u64)
    }

    #[test]
    fn chunks_tile_the_list_and_count_its_orders() {
        let list = "{\"order_no\":\"a\"}\n\n7\n{}\n{\"order_no\":\"b\"}\n \n\n";
        for chunk_bytes in 1..50 {
            let (chunks, _) = cut(list, chunk_bytes);
            let mut at = (0, 0);
            for (number, chunk) in (0..).zip(&chunks) {
                assert_eq!(
                    (chunk.number, chunk.start, chunk.first_row),
                    (number, at.0, at.1)
                );
                assert!(chunk.records > 0);
                at = (chunk.end, chunk.first_row + chunk.records);
            }
            assert_eq!(at, (list.len() as u64, 4), "{chunk_bytes}");
        }
        assert!(cut("\n \n", 1).0.is_empty());
    }

    #[test]
    fn a_chunk_has_so_many_orders_at_most_however_small_they_are() {
        let (chunks, _) = cut(&"7\n".repeat(12_000), 1 << 20);
        let orders: Vec<u64> = chunks.iter().map(|chunk| chunk.records).collect();
        assert_eq!(orders, [5_000, 5_000, 2_000]);
    }

    #[test]
    fn numbers_that_several_orders_have_are_noted_with_the_first_valid_one() {
        let order = |number: &str, price: &str| {
            format!(
                r#"{{"order_no":"{number}","customer":{{"code":"C","name":"N"}},"order_date":"2026-01-31","cycle_start_time":"2026-01-31","receive_date":"2026-02-01","status":"s","lines":[{{"sku_code":"S","name":"N","quantity":"1","unit":"u","price":{price}}}]}}"#
            )
        };
        let list = [
            order("a", "0.1"),
            order("a", "\"0.1\""),
            order("b", "\"0.1\""),
            "7".to_owned(),
            order("a", "\"0.2\""),
            order("a", "0.2"),
        ];
        for chunk_bytes in [1, 1_000] {
            let (_, repeated) = cut(&list.join("\n"), chunk_bytes);
            assert_eq!(repeated, Repeated::from([("a".to_owned(), 1)]));
        }
    }
}
