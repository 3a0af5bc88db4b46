//! The embedded DynamoDB.

use std::collections::BTreeSet;

use anyhow::{Context, Result, anyhow};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType, StreamSpecification, StreamViewType,
};
use dynoxide::Database;

use super::DataFolder;
use crate::template::{Index, Table};

/// Opens the database in the data folder. Its writes survive a kill of this process, and may be
/// lost with the machine's power: it is a laptop's stand-in, and waiting for the disk at every
/// item would make it thirty times slower.
pub(super) fn open(data: &DataFolder) -> Result<Database> {
    data.touch("dynamodb.sqlite")?;
    let path = data.join("dynamodb.sqlite");
    let path = path
        .to_str()
        .context("the data folder's name is not UTF-8")?;
    let database = Database::new(path).map_err(|error| anyhow!("{path}: {error}"))?;
    index_streams(path).with_context(|| path.to_owned())?;
    database
        .enable_bulk_loading()
        .map_err(|error| anyhow!("{path}: {error}"))?;
    Ok(database)
}

/// Indexes the records of streams as they are asked for. Without it, each write to a table with a stream reads all
/// records that the stream has had.
fn index_streams(path: &str) -> rusqlite::Result<()> {
    rusqlite::Connection::open(path)?.execute_batch(
        "CREATE INDEX IF NOT EXISTS stream_records_by_table
             ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
         CREATE INDEX IF NOT EXISTS stream_records_by_shard
             ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));",
    )
}

/// Makes a table if it is not there.
pub(super) async fn create_table(client: &Client, table: &Table) -> Result<()> {
    let found = client.describe_table().table_name(&table.name).send().await;
    if let Ok(found) = found {
        let found = found.table.context("a table without a description")?;
        if found.latest_stream_arn.is_none() {
            add_stream(client, table).await?;
        }
        let indexes = found.global_secondary_indexes.unwrap_or_default();
        let has = |index: &Index| {
            indexes
                .iter()
                .any(|other| other.index_name() == Some(&index.name))
        };
        return match table.indexes.iter().find(|index| !has(index)) {
            None => Ok(()),
            Some(index) => Err(anyhow!(
                "the table {} is of an older release and lacks the index {}: take another \
                 --data-dir, or give --fresh to forget what is stored",
                table.name,
                index.name
            )),
        };
    }
    let mut request = client
        .create_table()
        .table_name(&table.name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_key_schema(Some(key_schema(&table.keys)?));
    let in_indexes = table.indexes.iter().flat_map(|index| &index.keys);
    let names: BTreeSet<&String> = table
        .keys
        .iter()
        .chain(in_indexes)
        .map(|(name, _)| name)
        .collect();
    for name in names {
        request = request.attribute_definitions(
            AttributeDefinition::builder()
                .attribute_name(name)
                .attribute_type(ScalarAttributeType::S)
                .build()?,
        );
    }
    for index in &table.indexes {
        let included = (!index.included.is_empty()).then(|| index.included.clone());
        let projection = Projection::builder()
            .projection_type(ProjectionType::from(index.projection.as_str()))
            .set_non_key_attributes(included)
            .build();
        request = request.global_secondary_indexes(
            GlobalSecondaryIndex::builder()
                .index_name(&index.name)
                .set_key_schema(Some(key_schema(&index.keys)?))
                .projection(projection)
                .build()?,
        );
    }
    if let Some(view) = &table.stream_view {
        request = request.stream_specification(stream(view)?);
    }
    request
        .send()
        .await
        .with_context(|| format!("the table {} cannot be made", table.name))?;
    Ok(())
}

/// Gives a table of an older release the stream that it has now.
async fn add_stream(client: &Client, table: &Table) -> Result<()> {
    let Some(view) = &table.stream_view else {
        return Ok(());
    };
    client
        .update_table()
        .table_name(&table.name)
        .stream_specification(stream(view)?)
        .send()
        .await
        .with_context(|| format!("the table {} cannot have a stream", table.name))?;
    Ok(())
}

fn stream(view: &str) -> Result<StreamSpecification> {
    let stream = StreamSpecification::builder()
        .stream_enabled(true)
        .stream_view_type(StreamViewType::from(view));
    Ok(stream.build()?)
}

fn key_schema(keys: &[(String, String)]) -> Result<Vec<KeySchemaElement>> {
    let mut schema = Vec::new();
    for (name, kind) in keys {
        let element = KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(KeyType::from(kind.as_str()));
        schema.push(element.build()?);
    }
    Ok(schema)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_database_asks_of_streams_is_answered_by_indexes() {
        let folder = tempfile::tempdir().expect("a folder");
        let data = DataFolder::open(folder.path(), false).expect("a data folder");
        let _database = open(&data).expect("a database");
        let connection = rusqlite::Connection::open(data.join("dynamodb.sqlite"));
        let connection = connection.expect("a connection");
        for (asked, index) in [
            (
                "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 't'",
                "stream_records_by_table",
            ),
            (
                "SELECT event_name, keys_json FROM _stream_records WHERE table_name = 't' AND shard_id = 's' \
                 AND CAST(sequence_number AS INTEGER) > 7 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 3",
                "stream_records_by_shard",
            ),
        ] {
            let plan = format!("EXPLAIN QUERY PLAN {asked}");
            let plan: Vec<String> = connection
                .prepare(&plan)
                .and_then(|mut plan| plan.query_map([], |row| row.get(3))?.collect())
                .expect("a plan");
            assert_eq!(plan.len(), 1, "nothing is sorted: {plan:?}");
            assert!(plan[0].contains(index), "{plan:?}");
        }
    }
}
