//! Schemas of the types that travel, collected for the document's components.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};
use sluice_definition::Catalog;

/// The schemas that operations refer to. What is read and what is written differ: a field with a
/// default may be missing in a request, and is always there in an answer.
pub(crate) struct Schemas {
    requests: SchemaGenerator,
    answers: SchemaGenerator,
}

/// A schema, or a reference to one of the components.
pub(crate) type SchemaOf = fn(&mut Schemas) -> Value;

impl Schemas {
    pub(crate) fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            // The document's own dialect says it once.
            settings.meta_schema = None;
        });
        Self {
            requests: settings.clone().for_deserialize().into_generator(),
            answers: settings.for_serialize().into_generator(),
        }
    }

    /// The schema of a `T` that is sent to us.
    pub(crate) fn request<T: JsonSchema>(&mut self) -> Value {
        self.requests.subschema_for::<T>().to_value()
    }

    /// The schema of one field of a `T`, for a parameter that means the same.
    pub(crate) fn request_field<T: JsonSchema>(&mut self, field: &str) -> Value {
        self.request::<T>();
        let type_name = T::schema_name();
        let mut schema =
            self.requests.definitions()[type_name.as_ref()]["properties"][field].clone();
        assert!(schema.is_object(), "{type_name} has no field {field}");
        // The parameter has its own.
        schema
            .as_object_mut()
            .map(|schema| schema.remove("description"));
        schema
    }

    /// The schema of the envelope around a `T` that is our answer.
    pub(crate) fn answer<T: JsonSchema>(&mut self) -> Value {
        json!({
            "type": "object",
            "required": ["code", "msg", "data"],
            "properties": {
                "code": { "const": 0 },
                "msg": { "type": "string", "description": "Empty." },
                "data": self.answers.subschema_for::<T>(),
            },
        })
    }

    /// All schemas that were referred to, by name.
    pub(crate) fn components(mut self) -> Map<String, Value> {
        let mut components = self.requests.take_definitions(true);
        for (name, schema) in self.answers.take_definitions(true) {
            let of_requests = components.insert(name.clone(), schema.clone());
            assert!(
                of_requests.is_none_or(|of_requests| of_requests == schema),
                "{name} is read and written in different forms: it needs two types"
            );
        }
        if let Some(business) = components.get_mut("BusinessId") {
            business["enum"] = businesses();
        }
        components
    }
}

/// What can be imported.
fn businesses() -> Value {
    let catalog = Catalog::load().expect("the definitions are read by tests of their own");
    // The names have no commas and no spaces in them.
    catalog.names().split(", ").collect()
}
