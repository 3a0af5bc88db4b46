//! Storing an order: whole, once, and never over another one.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ReturnConsumedCapacity, ReturnValuesOnConditionCheckFailure,
};
use sluice_basics::ids::StationId;
use sluice_basics::origin::Origin;
use sluice_orders::{Order, OrderId, OrderIndex};
use sluice_profile::{Stage, stage};

use super::{Item, ORIGIN, OrderTable, order_of, text};
use crate::error::AwsError;
use crate::row_writer::Place;

/// What became of an order that was to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Submitted {
    /// It is stored, now or by an earlier try.
    Stored,
    /// Another order is stored under its id.
    Taken {
        /// The stamp of that one.
        by: String,
        /// Whether it is the same in every field.
        is_same: bool,
    },
    /// The table refuses it for good; its code, since its words may quote the order.
    Refused(String),
}

impl OrderTable {
    /// Stores an order that must not be there yet, in one write. A try that is repeated finds its stamp.
    pub async fn insert(
        &self,
        station: &StationId,
        id: &OrderId,
        order: &Order,
        origin: Origin,
    ) -> Result<Submitted, AwsError> {
        let mut item: Item =
            serde_dynamo::to_item(order).map_err(|error| AwsError::new("PutItem", error))?;
        item.extend(Place::of_key(station, id.as_str()).key());
        for index in OrderIndex::ALL {
            let (pk, sk) = index.attributes();
            let place = index.place(station, order, id);
            item.insert(pk.to_owned(), AttributeValue::S(place.0));
            item.insert(sk.to_owned(), AttributeValue::S(place.1));
        }
        let stamp = origin.to_string();
        item.insert(ORIGIN.to_owned(), AttributeValue::S(stamp.clone()));
        let put = self
            .dynamodb
            .put_item()
            .table_name(&self.table)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .send();
        let error = match stage(Stage::WriteBatch, put).await {
            Ok(answer) => {
                self.meter.add_written(answer.consumed_capacity());
                return Ok(Submitted::Stored);
            }
            Err(error) => error,
        };
        if let Some(PutItemError::ConditionalCheckFailedException(taken)) = error.as_service_error()
        {
            let stored = taken.item().cloned().unwrap_or_default();
            return Ok(met(stored, &stamp, order));
        }
        let error = AwsError::of("PutItem")(error);
        if error.is_of_the_content() {
            let code = error.code().unwrap_or_default();
            return Ok(Submitted::Refused(code.to_owned()));
        }
        Err(error)
    }
}

/// What it means that something is stored already.
fn met(mut stored: HashMap<String, AttributeValue>, stamp: &str, order: &Order) -> Submitted {
    let by = text(&stored, ORIGIN).unwrap_or_default();
    if by == stamp {
        return Submitted::Stored;
    }
    Submitted::Taken {
        by,
        is_same: order_of(&mut stored).as_ref() == Some(order),
    }
}
