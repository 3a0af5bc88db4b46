//! Orders: lists that are submitted are stored order by order, and those of a period are exported as one file.

#![warn(missing_docs)]

mod export;
mod submit;

use kind_export::FinishExport;
use sluice_engine::{InSegments, KindOfTask};
use sluice_kind::{ORDER_EXPORT, ORDERS};

pub use export::{OrderRows, layout};

/// The kind of submitted lists.
pub const SUBMITTED: KindOfTask = KindOfTask {
    name: ORDERS,
    plan: |init| {
        Ok(Box::new(InSegments::new(
            init,
            submit::PlanOrders::new(init)?,
        )?))
    },
    run: |init| Ok(Box::new(submit::RunOrders::new(init)?)),
    finish: |init| Ok(Box::new(submit::FinishOrders::new(init)?)),
};

/// The kind of exports of orders.
pub const EXPORTED: KindOfTask = KindOfTask {
    name: ORDER_EXPORT,
    plan: |init| Ok(Box::new(InSegments::new(init, export::PlanOrderExport)?)),
    run: |init| Ok(Box::new(export::RunOrderExport::new(init)?)),
    finish: |init| Ok(Box::new(FinishExport::new(init, export::OrderLayouts)?)),
};
