//! Exporting orders: what the task of an export is given.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sluice_export::ExportFormat;

use super::{FormatColumn, FormatName, OrderFormat, OrderQuery};

/// The `input` of a task that exports orders.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderExportInput {
    /// Which orders.
    pub filter: OrderQuery,
    /// What the form of the file is called.
    pub order_format: FormatName,
    /// The kind of file.
    pub format: ExportFormat,
    /// Its columns, as they were when it was asked for.
    pub columns: Vec<FormatColumn>,
    /// What a downloaded file is called.
    pub file_name: String,
    /// Whether phone numbers are searched.
    pub may_see_sensitive: bool,
    /// What of the columns and of the filter is sensitive. The file is for callers who may see that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sensitive: Vec<String>,
}

impl OrderExportInput {
    /// Returns the export of these orders in this form, for a caller who may see sensitive data or not. Others
    /// get neither phone numbers nor orders that are found by them.
    pub fn new(
        filter: OrderQuery,
        order_format: FormatName,
        mut format: OrderFormat,
        may_see_sensitive: bool,
        at: Timestamp,
    ) -> Self {
        let mut sensitive = Vec::new();
        if !may_see_sensitive {
            format.without_sensitive();
        } else if filter.search_text.is_some() {
            sensitive.push("search_text".to_owned());
        }
        let columns = format.columns.iter().filter(|column| column.is_sensitive());
        sensitive.extend(columns.map(|column| column.header.clone()));
        Self {
            filter,
            format: format.file,
            columns: format.columns,
            file_name: file_name(&order_format, format.file, at),
            order_format,
            may_see_sensitive,
            sensitive,
        }
    }

    /// Returns the same export of other orders, whose file is named by another time.
    #[must_use]
    pub fn of_orders(self, filter: OrderQuery, at: Timestamp) -> Self {
        Self {
            filter,
            file_name: file_name(&self.order_format, self.format, at),
            ..self
        }
    }
}

fn file_name(order_format: &FormatName, format: ExportFormat, at: Timestamp) -> String {
    let (time, extension) = (at.strftime("%Y%m%d-%H%M%S"), format.extension());
    format!("{order_format}-{time}.{extension}")
}
