//! What the API says, in the words of the command line.

/// The API's sentence on the same file, as older releases wrote it and as it is.
const REPEAT: [&str; 2] = [
    "send it with repeat: true (on the command line --repeat)",
    "send it with repeat: true",
];

/// Returns a sentence of the API with the options of the command line in place of its own.
pub(super) fn reworded(text: &str) -> String {
    let text = REPEAT.iter().fold(text.to_owned(), |text, said| {
        text.replace(said, "add --repeat")
    });
    text.replace("say `header: false`", "say --header false")
}

/// Returns what to try when the columns of a file do not fit, if that is why nothing was imported.
pub(super) fn hint(reason: &str) -> Option<String> {
    if reason.starts_with("the header lacks ") {
        // The header that may be meant is quoted behind its column.
        let meant = reason
            .split_once("Did you mean `")
            .and_then(|(_, meant)| meant.split_once("` by `"))
            .and_then(|(column, meant)| Some((column, meant.split_once("`?")?.0)))
            .filter(|(_, header)| !header.contains(['"', '$', '\\', '!', '`']));
        let (column, header) = meant
            .or_else(|| Some((reason.split('`').nth(1)?, "its header")))
            .unwrap_or(("column", "its header"));
        return Some(format!(
            "--mapping {column}=\"{header}\" takes the column from that header; --header false \
             says that the file has no header"
        ));
    }
    let lacks = reason.strip_prefix("the file has no header, and the mapping lacks ")?;
    let column = lacks.split('`').nth(1).unwrap_or("column");
    Some(format!(
        "--mapping {column}=1 takes the column from the first field"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_file_is_repeated_by_an_option() {
        for said in REPEAT {
            let reason = format!("the same file was imported as task 1: to import it, {said}");
            assert_eq!(
                reworded(&reason),
                "the same file was imported as task 1: to import it, add --repeat"
            );
        }
    }

    #[test]
    fn a_header_without_its_columns_is_mapped_or_there_is_none() {
        let nearest = "the header lacks the required columns `member_no`, `name`: found `x`, `Nam`. \
                       Did you mean `name` by `Nam`? Then rename or map it. Add the column";
        let hint_of = |reason| hint(reason).expect("a hint");
        assert!(hint_of(nearest).starts_with("--mapping name=\"Nam\" takes"));
        let far = "the header lacks the required column `name`: found `x`. Add the column";
        assert!(hint_of(far).starts_with("--mapping name=\"its header\" takes"));
        assert!(hint_of(far).contains("--header false"));
        let odd = far.replace("Add", "Did you mean `name` by `$(x)`? Add");
        assert!(hint_of(&odd).starts_with("--mapping name=\"its header\" takes"));
        let none = "the file has no header, and the mapping lacks the required column `name`: say";
        assert_eq!(
            hint_of(none),
            "--mapping name=1 takes the column from the first field"
        );
        assert_eq!(hint("cancelled"), None);
    }
}
