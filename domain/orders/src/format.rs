//! The form of an exported file of orders, as data: a file in `exports/`, or one of a station's own.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sluice_definition::Value;
use sluice_export::ExportFormat;

use super::{Order, OrderId, OrderLine};

/// Those that are compiled in, by their names.
const BUILT_IN: [(&str, &str); 2] = [
    ("orders", include_str!("../../../exports/orders.toml")),
    ("yongyou", include_str!("../../../exports/yongyou.toml")),
];

/// What a format may have at most: it travels in every message of an export.
const MOST_COLUMNS: usize = 64;
const MOST_CHARS: usize = 64;

/// The name of a format: letters, digits, `-` and `_`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FormatName(String);

/// The form of a file of orders: one row for each line of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderFormat {
    /// What kind of file.
    pub file: ExportFormat,
    /// Its columns.
    pub columns: Vec<FormatColumn>,
}

/// A column of such a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormatColumn {
    /// What stands above it.
    pub header: String,
    /// What of an order or a line is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<Field>,
    /// What is in every row, where no field is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// What of an order or a line can be in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// What the order is called: its own number, or what Sluice calls it.
    OrderId,
    /// Its own number.
    OrderNo,
    /// The day on which it was ordered.
    OrderDay,
    /// When it was ordered.
    OrderTime,
    /// The customer's number.
    CustomerCode,
    /// The customer's name.
    CustomerName,
    /// The customer's phone number, which is sensitive.
    CustomerPhone,
    /// The customer's area.
    Area,
    /// The time configuration.
    TimeConfigId,
    /// When the operation cycle starts.
    CycleStartTime,
    /// When it is received.
    ReceiveDate,
    /// Where it stands.
    Status,
    /// The remark on the order.
    Remark,
    /// The article's number.
    SkuCode,
    /// The article's name.
    SkuName,
    /// Its specification.
    Spec,
    /// How many.
    Quantity,
    /// Of what.
    Unit,
    /// The price of one.
    Price,
    /// The price of all.
    Amount,
    /// The note on the line.
    Note,
}

/// Why a format cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// It is no TOML, or has other fields.
    #[error("{0}")]
    Toml(String),
    /// It has no columns, or too many.
    #[error("a format has 1 to {MOST_COLUMNS} columns, this one has {0}")]
    Columns(usize),
    /// A column has a field and a value, or neither.
    #[error("the column `{0}` needs either `field` or `value` (\"\" leaves it empty)")]
    Content(String),
    /// A header is empty, or a text too long.
    #[error(
        "the column `{0}`: headers have 1 to {MOST_CHARS} characters, values at most {MOST_CHARS}"
    )]
    Length(String),
    /// A name that no format can have.
    #[error("expected 1 to 32 small letters, digits, `-` and `_`")]
    Name,
}

impl FormatName {
    /// Returns the name of the format that is taken where none is named.
    pub fn usual() -> Self {
        Self(BUILT_IN[0].0.to_owned())
    }

    /// Returns the names of those that are compiled in.
    pub fn built_in() -> String {
        let names: Vec<&str> = BUILT_IN.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }
}

impl fmt::Display for FormatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for FormatName {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        let is_taken = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_".contains(&b);
        let is_name = (1..=32).contains(&text.len()) && text.bytes().all(is_taken);
        is_name
            .then(|| Self(text.to_owned()))
            .ok_or(FormatError::Name)
    }
}

impl OrderFormat {
    /// Reads a format.
    ///
    /// # Errors
    ///
    /// Names the line or the column that is wrong.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let format: Self = toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(1, |span| {
                1 + text[..span.start].bytes().filter(|b| *b == b'\n').count()
            });
            FormatError::Toml(format!("line {line}: {}", error.message()))
        })?;
        if !(1..=MOST_COLUMNS).contains(&format.columns.len()) {
            return Err(FormatError::Columns(format.columns.len()));
        }
        for column in &format.columns {
            let value = column.value.as_deref().unwrap_or_default();
            let header = column.header.chars().count();
            if !(1..=MOST_CHARS).contains(&header) || value.chars().count() > MOST_CHARS {
                return Err(FormatError::Length(column.header.clone()));
            }
            if column.field.is_some() == column.value.is_some() {
                return Err(FormatError::Content(column.header.clone()));
            }
        }
        Ok(format)
    }

    /// Returns the format of this name that is compiled in, if there is one.
    pub fn built_in(name: &FormatName) -> Option<Result<Self, FormatError>> {
        let found = BUILT_IN.iter().find(|(known, _)| *known == name.0);
        found.map(|(_, text)| Self::parse(text))
    }

    /// Leaves out the columns with sensitive data.
    pub fn without_sensitive(&mut self) {
        self.columns.retain(|column| !column.is_sensitive());
    }
}

impl FormatColumn {
    /// Returns whether it has sensitive data.
    pub fn is_sensitive(&self) -> bool {
        self.field == Some(Field::CustomerPhone)
    }

    /// Returns what it has of a line of an order.
    pub fn value(&self, id: &OrderId, order: &Order, line: &OrderLine) -> Option<Value> {
        let text = |text: &dyn fmt::Display| Some(Value::Text(text.to_string()));
        let given = |text: Option<&super::OrderText>| {
            text.map(|text| Value::Text(text.as_str().to_owned()))
        };
        let number = |decimal: &super::Decimal| Some(Value::Number(decimal.to_string()));
        let Some(field) = self.field else {
            return self.value.clone().map(Value::Text);
        };
        let customer = &order.customer;
        match field {
            Field::OrderId => text(id),
            Field::OrderNo => order.order_no.as_ref().and_then(|number| text(number)),
            Field::OrderDay => text(&order.order_date.day()),
            Field::OrderTime => text(&order.order_date),
            Field::CustomerCode => text(&customer.code),
            Field::CustomerName => given(Some(&customer.name)),
            Field::CustomerPhone => given(customer.phone.as_ref()),
            Field::Area => given(order.area.as_ref()),
            Field::TimeConfigId => order.time_config_id.as_ref().and_then(|id| text(id)),
            Field::CycleStartTime => text(&order.cycle_start_time),
            Field::ReceiveDate => text(&order.receive_date),
            Field::Status => text(&order.status),
            Field::Remark => given(order.remark.as_ref()),
            Field::SkuCode => text(&line.sku_code),
            Field::SkuName => given(Some(&line.name)),
            Field::Spec => given(line.spec.as_ref()),
            Field::Quantity => number(&line.quantity),
            Field::Unit => text(&line.unit),
            Field::Price => number(&line.price),
            Field::Amount => line.amount.as_ref().and_then(number),
            Field::Note => given(line.note.as_ref()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::order::tests::sent;

    #[test]
    fn a_line_of_the_yongyou_format_repeats_the_head_of_its_order() {
        let name = "yongyou".parse().expect("a name");
        let format = OrderFormat::built_in(&name)
            .expect("it is there")
            .expect("a format");
        assert_eq!(format.file, ExportFormat::Xlsx);
        let headers: Vec<&str> = format
            .columns
            .iter()
            .map(|column| column.header.as_str())
            .collect();
        let expected = "单据日期 单据编号 外部单据号 客户编码 仓库编码 业务类型 存货编码 规格型号 数量 计量单位 单价 金额 \
                        税率 批号 赠品 备注";
        assert_eq!(headers.join(" "), expected);
        let order: Order = serde_json::from_value(sent()).expect("an order");
        let id = OrderId::stored("SO-1".to_owned());
        let rows = order.lines.iter().map(|line| {
            let values = format
                .columns
                .iter()
                .map(|column| column.value(&id, &order, line));
            let texts =
                values.map(|value| value.map(|value| value.to_string()).unwrap_or_default());
            texts.collect::<Vec<_>>().join("|")
        });
        let rows: Vec<String> = rows.collect();
        assert_eq!(
            rows[0],
            "2026-01-31|SO-1|SO-1|C7||普通销售|S1|10kg|2.50|箱|12.00|30.00||||"
        );
        assert_eq!(
            rows[1],
            "2026-01-31|SO-1|SO-1|C7||普通销售|S2||1|箱|0.10|||||gift"
        );
    }

    #[test]
    fn every_built_in_format_can_be_used_and_only_phones_are_sensitive() {
        for (name, _) in BUILT_IN {
            let name = name.parse().expect("a name");
            let mut format = OrderFormat::built_in(&name)
                .expect("it is there")
                .expect("a format");
            let all = format.columns.len();
            format.without_sensitive();
            assert!(format.columns.len() >= all - 1);
        }
        assert!(OrderFormat::built_in(&"sap".parse().expect("a name")).is_none());
    }

    #[test]
    fn a_format_that_means_nothing_says_where() {
        let refused = |text: &str| OrderFormat::parse(text).expect_err("a refusal").to_string();
        let column = |rest: &str| format!("file = \"csv\"\n[[columns]]\nheader = \"a\"\n{rest}\n");
        assert!(refused("file = \"pdf\"\ncolumns = []").starts_with("line 1:"));
        assert!(refused(&column("field = \"colour\"")).starts_with("line 4:"));
        assert!(refused(&column("")).contains("either `field` or `value`"));
        assert!(refused(&column("field = \"area\"\nvalue = \"x\"")).contains("either"));
        assert!(refused("file = \"csv\"\ncolumns = []").contains("1 to 64 columns"));
        for name in ["", "a/b", "..", "Yongyou"] {
            assert_eq!(name.parse::<FormatName>(), Err(FormatError::Name), "{name}");
        }
    }
}
