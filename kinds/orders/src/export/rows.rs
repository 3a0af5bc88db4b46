//! The rows of exported orders: one for each line of an order, with its head repeated.

use sluice_aws::FoundOrder;
use sluice_export::{ExportFormat, Lines};
use sluice_orders::{OrderExportInput, OrderLine};

/// Writes the orders that are wanted as rows.
#[derive(Debug)]
pub struct OrderRows<'a> {
    input: &'a OrderExportInput,
    lines: Lines<'a>,
}

impl<'a> OrderRows<'a> {
    /// Rows of this export.
    pub fn new(input: &'a OrderExportInput) -> Self {
        let lines = match input.format {
            ExportFormat::Csv => Lines::unmarked(),
            ExportFormat::Xlsx => Lines::raw(),
        };
        Self { input, lines }
    }

    /// Whether an order is wanted.
    pub fn takes(&self, found: &FoundOrder) -> bool {
        let (filter, may_see) = (&self.input.filter, self.input.may_see_sensitive);
        filter.takes(&found.id, &found.order, may_see)
    }

    /// Adds the row of a line of an order.
    pub fn add(&mut self, found: &FoundOrder, line: &OrderLine) {
        let FoundOrder { id, order, .. } = found;
        let columns = self.input.columns.iter();
        let values: Vec<_> = columns
            .map(|column| column.value(id, order, line))
            .collect();
        self.lines.row(values.iter().map(Option::as_ref));
    }

    /// How many bytes the rows since the last [`Self::take`] have, but for some KB at most. One order of 400 KB
    /// can have hundreds of MB of rows: each repeats its head.
    pub fn bytes(&self) -> usize {
        self.lines.bytes()
    }

    /// Returns the rows since the last call.
    pub fn take(&mut self) -> Vec<u8> {
        self.lines.take()
    }
}
