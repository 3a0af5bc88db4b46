//! What is said about a value never has the value in it: it may be a sensitive one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

static CATALOG: LazyLock<Catalog> = LazyLock::new(catalog);

/// Values in letters and digits that no message has by itself.
fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        "[QXZ#]{6,12}",
        "[QXZ]{60,200}",
        "-?[4-7]{7,12}",
        "[4-7]{20,40}",
        "[4-7]{4}-[4-7]{2}-[4-7]{2}",
        "[QXZ]{3,5}@@?[QXZ]{5}[.][QX]{3}",
        "[+][4-7]{5,9}",
        "[4-7][.][4-7]{4}E[+]14",
    ]
}

proptest! {
    #[test]
    fn messages_never_quote_a_value(value in values(), fields in 0usize..30) {
        for business in ["member_import", "score_import", "points_adjustment"] {
            let definition = CATALOG.get(&business.parse().expect("a business"));
            let definition = definition.expect("a definition");
            let names: Vec<&str> = definition.columns.iter().map(|c| c.name.as_str()).collect();
            for width in [names.len(), fields] {
                let record = vec![value.as_str(); width].join(",");
                let checked = check_with(definition, &names.join(","), record.as_bytes());
                for problem in checked.err().into_iter().flatten() {
                    prop_assert!(!problem.message.contains(&value), "{problem:?}");
                }
            }
        }
    }
}
