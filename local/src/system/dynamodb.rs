//! The embedded DynamoDB.

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
    StreamSpecification, StreamViewType,
};
use dynoxide::Database;

use super::DataFolder;
use crate::template::Table;

/// Opens the database in the data folder. Its writes survive a kill of this process, and may be
/// lost with the machine's power: it is a laptop's stand-in, and waiting for the disk at every
/// item would make it thirty times slower.
pub(super) fn open(data: &DataFolder) -> Result<Database> {
    let path = data.join("dynamodb.sqlite");
    let path = path
        .to_str()
        .context("the data folder's name is not UTF-8")?;
    let database = Database::new(path).map_err(|error| anyhow!("{path}: {error}"))?;
    database
        .enable_bulk_loading()
        .map_err(|error| anyhow!("{path}: {error}"))?;
    Ok(database)
}

/// Makes a table if it is not there.
pub(super) async fn create_table(client: &Client, table: &Table) -> Result<()> {
    if client
        .describe_table()
        .table_name(&table.name)
        .send()
        .await
        .is_ok()
    {
        return Ok(());
    }
    let mut request = client
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest);
    for (name, kind) in &table.keys {
        request = request
            .attribute_definitions(
                AttributeDefinition::builder()
                    .attribute_name(name)
                    .attribute_type(ScalarAttributeType::S)
                    .build()?,
            )
            .key_schema(
                KeySchemaElement::builder()
                    .attribute_name(name)
                    .key_type(KeyType::from(kind.as_str()))
                    .build()?,
            );
    }
    if let Some(view) = &table.stream_view {
        let stream = StreamSpecification::builder()
            .stream_enabled(true)
            .stream_view_type(StreamViewType::from(view.as_str()))
            .build()?;
        request = request.stream_specification(stream);
    }
    request
        .send()
        .await
        .with_context(|| format!("the table {} cannot be made", table.name))?;
    Ok(())
}
