//! What rows must be, as the command line says it.

use sluice_export::{Bounds, Scalar, Wanted};

/// Reads `COLUMN=VALUE`, `COLUMN=FROM..TO` with one of both left out if wanted, and `COLUMN=` for rows without a
/// value.
pub fn condition(text: &str) -> Result<(String, Wanted), String> {
    let (column, wanted) = text
        .split_once('=')
        .ok_or("write it as COLUMN=VALUE or COLUMN=FROM..TO")?;
    let column = column.trim();
    if column.is_empty() {
        return Err("there is no column before the `=`".to_owned());
    }
    let scalar = |text: &str| (!text.is_empty()).then(|| Scalar::Text(text.to_owned()));
    let wanted = match wanted.split_once("..") {
        None => Wanted::Is(scalar(wanted)),
        Some(("", "")) => return Err("name at least one end of FROM..TO".to_owned()),
        Some((from, to)) => Wanted::Between(Bounds {
            from: scalar(from),
            to: scalar(to),
        }),
    };
    Ok((column.to_owned(), wanted))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_are_read() {
        for (text, column, wanted) in [
            ("tier=gold", "tier", json!("gold")),
            ("phone=", "phone", json!(null)),
            ("points=5..10", "points", json!({ "from": "5", "to": "10" })),
            ("points=..10", "points", json!({ "to": "10" })),
            ("day=2026-01-01..", "day", json!({ "from": "2026-01-01" })),
        ] {
            let (named, read) = condition(text).expect(text);
            assert_eq!((named.as_str(), json!(read)), (column, wanted));
        }
        for text in ["tier", "=gold", "points=.."] {
            condition(text).expect_err(text);
        }
    }
}
