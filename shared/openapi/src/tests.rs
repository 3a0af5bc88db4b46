//! The document holds together, and the committed one is this one.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value};
use sluice_api::Code;

use crate::{document, operations};

#[test]
fn the_committed_document_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../infra/openapi.json");
    let mut made = serde_json::to_string_pretty(&document()).unwrap();
    made.push('\n');
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == made,
        "infra/openapi.json is not what the types say: \
         `UPDATE_OPENAPI=1 cargo test -p sluice-openapi` writes it"
    );
}

#[test]
fn every_operation_has_examples() {
    let document = document();
    for (method, path) in operations() {
        let operation = operation(&document, method, path);
        let answer = &operation["responses"]["200"]["content"]["application/json"];
        assert!(has_examples(answer), "{method} {path}: no answer");
        let bodies = operation["requestBody"]["content"].as_object();
        for (media_type, body) in bodies.into_iter().flatten() {
            assert!(has_examples(body), "{method} {path}: no {media_type}");
        }
        let parameters = operation["parameters"].as_array();
        let in_query = parameters.is_none_or(|list| list.iter().any(has_examples));
        assert!(bodies.is_some() || in_query, "{method} {path}: no request");
    }
}

#[test]
fn every_reference_resolves() {
    let document = document();
    let mut references = BTreeSet::new();
    collect_references(&document, &mut references);
    assert!(references.len() > 20, "{references:?}");
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[test]
fn every_link_leads_to_an_operation() {
    let document = document();
    let ids: BTreeSet<_> = crate::all().iter().map(|operation| operation.id).collect();
    let mut links = 0;
    for (method, path) in operations() {
        let answer = &operation(&document, method, path)["responses"]["200"];
        for link in answer["links"]
            .as_object()
            .into_iter()
            .flat_map(Map::values)
        {
            assert!(
                ids.contains(link["operationId"].as_str().unwrap()),
                "{link}"
            );
            links += 1;
        }
    }
    assert!(links > 10, "{links}");
}

#[test]
fn every_code_is_documented() {
    let document = document();
    let answers: Vec<&Map<String, Value>> = operations()
        .map(|(method, path)| operation(&document, method, path)["responses"].as_object())
        .map(Option::unwrap)
        .collect();
    for code in Code::ALL {
        let status = code.http_status().to_string();
        let mut schemas = answers.iter().filter_map(|answers| {
            let answer = answers.get(&status)?;
            let answer = match answer["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..])?,
                None => answer,
            };
            Some(&answer["content"]["application/json"]["schema"]["properties"]["code"])
        });
        let number = Value::from(code.number());
        let is_documented = schemas.any(|schema| {
            let several = schema["enum"].as_array();
            schema["const"] == number || several.is_some_and(|codes| codes.contains(&number))
        });
        assert!(is_documented, "{code:?}");
    }
}

#[test]
fn no_two_operations_have_the_same_path_or_id() {
    let all = crate::all();
    let paths: BTreeSet<_> = operations().collect();
    let ids: BTreeSet<_> = all.iter().map(|operation| operation.id).collect();
    assert_eq!((paths.len(), ids.len()), (all.len(), all.len()));
}

/// A field that is null must be there all the same: clients need not tell the two apart.
#[test]
fn answers_have_all_their_fields() {
    let document = document();
    for name in [
        "TaskView",
        "TaskList",
        "RowErrors",
        "ChunkView",
        "Explanation",
    ] {
        let schema = &document["components"]["schemas"][name];
        let fields: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().collect();
        let required = schema["required"].as_array().unwrap();
        let required: BTreeSet<String> = required
            .iter()
            .map(|field| field.as_str().unwrap().to_owned())
            .collect();
        assert_eq!(fields, required.iter().collect(), "{name}");
    }
}

#[test]
fn what_can_be_imported_is_listed() {
    let business = &document()["components"]["schemas"]["BusinessId"];
    let businesses = business["enum"].as_array().unwrap();
    assert!(businesses.contains(&Value::from("member_import")));
}

fn operation<'a>(document: &'a Value, method: &str, path: &str) -> &'a Value {
    &document["paths"][path][method.to_ascii_lowercase()]
}

fn has_examples(of: &Value) -> bool {
    of["examples"]
        .as_object()
        .is_some_and(|examples| !examples.is_empty())
}

fn collect_references<'a>(value: &'a Value, references: &mut BTreeSet<&'a str>) {
    match value {
        Value::Object(fields) => {
            references.extend(fields.get("$ref").and_then(Value::as_str));
            for value in fields.values() {
                collect_references(value, references);
            }
        }
        Value::Array(values) => {
            for value in values {
                collect_references(value, references);
            }
        }
        _ => {}
    }
}
