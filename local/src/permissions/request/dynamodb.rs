//! Requests to DynamoDB: the tables are in the body, those of PartiQL in its statements.
//! <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html>

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Need;
use crate::template::arn;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct OfTable<'a> {
    #[serde(borrow)]
    table_name: Cow<'a, str>,
    #[serde(borrow)]
    index_name: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(
    clippy::zero_sized_map_values,
    reason = "a map in JSON, of which the keys are read"
)]
struct OfItems<'a> {
    #[serde(borrow)]
    request_items: BTreeMap<Cow<'a, str>, IgnoredAny>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Transaction<'a> {
    #[serde(borrow)]
    transact_items: Vec<BTreeMap<Cow<'a, str>, OfTable<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Batch<'a> {
    #[serde(borrow)]
    statements: Vec<Statement<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Statement<'a> {
    #[serde(borrow)]
    statement: Cow<'a, str>,
}

/// The rights that an operation with this body needs.
pub(super) fn needs(operation: &str, body: &[u8]) -> Result<Vec<Need>> {
    let mut needs = Vec::new();
    match operation {
        "GetItem" => needs.push(of_table("dynamodb:GetItem", body)?),
        "Query" => needs.push(of_table("dynamodb:Query", body)?),
        "PutItem" => needs.push(of_table("dynamodb:PutItem", body)?),
        "UpdateItem" => needs.push(of_table("dynamodb:UpdateItem", body)?),
        "DeleteItem" => needs.push(of_table("dynamodb:DeleteItem", body)?),
        "BatchGetItem" => {
            let batch: OfItems = serde_json::from_slice(body)?;
            for table in batch.request_items.keys() {
                add(&mut needs, "dynamodb:BatchGetItem", table);
            }
        }
        "TransactWriteItems" => {
            let transaction: Transaction = serde_json::from_slice(body)?;
            for (kind, item) in transaction.transact_items.iter().flatten() {
                add(&mut needs, of_transaction(kind)?, &item.table_name);
            }
        }
        "BatchExecuteStatement" => {
            let batch: Batch = serde_json::from_slice(body)?;
            for statement in &batch.statements {
                let (action, table) = of_statement(&statement.statement)?;
                add(&mut needs, action, table);
            }
        }
        _ => bail!("the rights that {operation} needs are not known"),
    }
    Ok(needs)
}

fn of_table(action: &'static str, body: &[u8]) -> Result<Need> {
    let request: OfTable = serde_json::from_slice(body)?;
    let table = arn::table(&request.table_name);
    let resource = match request.index_name {
        Some(index) => format!("{table}/index/{index}"),
        None => table,
    };
    Ok(Need { action, resource })
}

/// Each action of a transaction needs its own right.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html>
fn of_transaction(kind: &str) -> Result<&'static str> {
    Ok(match kind {
        "Put" => "dynamodb:PutItem",
        "Update" => "dynamodb:UpdateItem",
        "Delete" => "dynamodb:DeleteItem",
        "ConditionCheck" => "dynamodb:ConditionCheckItem",
        _ => bail!("{kind} is no action of a transaction"),
    })
}

/// `INSERT INTO "t" …`, `UPDATE "t" …`, `DELETE FROM "t" …`
fn of_statement(text: &str) -> Result<(&'static str, &str)> {
    let (verb, rest) = text.split_once(' ').context("a statement without a verb")?;
    let action = match verb {
        "INSERT" => "dynamodb:PartiQLInsert",
        "UPDATE" => "dynamodb:PartiQLUpdate",
        "DELETE" => "dynamodb:PartiQLDelete",
        _ => bail!("the rights that {verb} needs are not known"),
    };
    let table = rest.split('"').nth(1);
    Ok((action, table.context("a statement without a table")?))
}

/// Adds a right on a table once: a batch is about one table for the most part.
fn add(needs: &mut Vec<Need>, action: &'static str, table: &str) {
    let resource = arn::table(table);
    let need = Need { action, resource };
    if !needs.contains(&need) {
        needs.push(need);
    }
}
