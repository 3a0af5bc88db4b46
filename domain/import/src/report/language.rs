//! The messages of a failed-rows file in the language of its station. Problems are kept, and told by the API, in
//! English; a text that is not known here, such as the words of an endpoint, stays as it is.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use sluice_basics::pattern::Patterns;
use sluice_basics::station::ReportLanguage;

/// Each message in English and in Chinese, with the same values in braces. A wider one comes after those that it
/// takes in.
const TEXTS: &[(&str, &str)] = &[
    // Any value.
    ("a value is required", "请填写，不能为空"),
    ("at most {max} characters are allowed", "最多 {max} 个字符"),
    (
        "must look like {example}: {hint}",
        "请按 {example} 这样的格式填写：{hint}",
    ),
    ("must look like {example}", "请按 {example} 这样的格式填写"),
    ("does not have the right form: {hint}", "格式不对：{hint}"),
    ("does not have the right form", "格式不对"),
    ("must be one of: {allowed}", "请填写以下之一：{allowed}"),
    ("must be yes or no", "请填写“是”或“否”"),
    (
        "has the invisible control character {character}: delete it, or export the file again",
        "含有看不见的控制字符 {character}：请删除，或重新导出文件",
    ),
    // Numbers.
    (
        "must be between {min} and {max}",
        "请填写 {min} 至 {max} 之间的数字",
    ),
    ("must be at least {min}", "不能小于 {min}"),
    ("must be at most {max}", "不能大于 {max}"),
    ("the number is too large", "数字过大"),
    (
        "must be a whole number, such as 1200",
        "请填写整数，例如 1200",
    ),
    (
        "could be thousands or a whole number with three decimals: write it without the point",
        "可能是千位分隔，也可能是三位小数的整数：请去掉小数点",
    ),
    (
        "must be a decimal number, such as 12.50",
        "请填写数字，例如 12.50",
    ),
    ("at most {max} digits are allowed", "最多 {max} 位数字"),
    (
        "was shortened by a spreadsheet, and digits of it may be lost: format the column as text or as a number \
         without exponent, and export it again from where the numbers are whole",
        "已被电子表格缩短，可能丢失了数字：请把该列设为文本或不带指数的数字，再从数字完整的地方重新导出",
    ),
    (
        "write it without separators for thousands and with a point before decimals, such as 1200 or 12.50",
        "请不要写千位分隔符，小数点用“.”，例如 1200 或 12.50",
    ),
    // Dates and times.
    (
        "must be a date such as 2026-01-31",
        "请填写日期，例如 2026-01-31",
    ),
    (
        "write the year with four digits, such as 2026-01-31",
        "年份请写四位数字，例如 2026-01-31",
    ),
    ("is no day of the calendar", "没有这一天"),
    (
        "may begin with the day or the month: write the year first, such as 2026-01-31, or set the station's date \
         order",
        "分不清日和月：请把年份写在前面，例如 2026-01-31，或设置本站点的日期顺序",
    ),
    (
        "is a spreadsheet's number for a day: format the column as a date such as 2026-01-31, and export it again",
        "是电子表格中代表日期的数字：请把该列设为日期格式，例如 2026-01-31，再重新导出",
    ),
    (
        "must be a date without a time of day",
        "请只填日期，不要填时间",
    ),
    ("is too far away", "日期太远"),
    (
        "needs a time of day, such as 2026-01-31 08:30",
        "还要填写时间，例如 2026-01-31 08:30",
    ),
    (
        "must be a date and a time such as 2026-01-31 08:30",
        "请填写日期和时间，例如 2026-01-31 08:30",
    ),
    (
        "is a time that the clocks of {time_zone} skip: write another, or the offset from UTC",
        "{time_zone} 的时钟跳过了这个时间：请填写别的时间，或写明与 UTC 的时差",
    ),
    // E-mail addresses and phone numbers.
    (
        "must be an e-mail address, such as name@example.com",
        "请填写邮箱地址，例如 name@example.com",
    ),
    (
        "must be one e-mail address, such as name@example.com",
        "请只填写一个邮箱地址，例如 name@example.com",
    ),
    (
        "must have Latin letters without accents before the @",
        "@ 前面只能用不带重音符号的拉丁字母",
    ),
    (
        "must end in a domain, such as @example.com",
        "@ 后面必须是域名，例如 @example.com",
    ),
    (
        "has at most 64 characters before the @, and 254 in all",
        "@ 前面最多 64 个字符，总共最多 254 个字符",
    ),
    (
        "must be one phone number: without an extension, without a second number, and without words",
        "请只填写一个电话号码，不写分机号、第二个号码或文字",
    ),
    (
        "was shortened by a spreadsheet, and digits of it are lost: format the column as text, and export it again \
         from where the numbers are whole",
        "已被电子表格缩短，丢失了数字：请把该列设为文本，再从号码完整的地方重新导出",
    ),
    (
        "must be a phone number with all its digits, such as +8613812345678",
        "请填写完整的电话号码，例如 +8613812345678",
    ),
    (
        "must be a phone number with + and its country code, such as +8613812345678",
        "请填写带 + 和国家代码的电话号码，例如 +8613812345678",
    ),
    (
        "must be a phone number of {country} with all its digits, or one with + and its country code, such as \
         +8613812345678",
        "请填写 {country} 的完整电话号码，或带 + 和国家代码的号码，例如 +8613812345678",
    ),
    // Quotes.
    (
        "has a backslash before a quote: export the file so that a quote in a value is written twice (\"\")",
        "引号前有反斜杠：请重新导出文件，值中的引号要写两次（\"\"）",
    ),
    (
        "has a quote at its beginning that encloses nothing: write the opening quote right after the delimiter, and \
         the closing one right before the next delimiter",
        "开头的引号没有配对：前引号要紧跟分隔符，后引号要紧靠下一个分隔符",
    ),
    (
        "has the apostrophe that failed-rows files and exports put before such a text: delete the apostrophe, or \
         send that file with all of its columns",
        "带有失败行文件或导出文件加上的撇号（'）：请删除撇号，或连同该文件的所有列一起上传",
    ),
    (
        "field {field} goes on after its closing quote: write a quote in a value twice (\"\"), and nothing between \
         the closing quote and the next delimiter",
        "第 {field} 个字段在后引号之后还有内容：值中的引号要写两次（\"\"），后引号与下一个分隔符之间不能有内容",
    ),
    (
        "field {field} has whole rows of the table in it: close its quote where the value ends, and send the rows again",
        "第 {field} 个字段中包含了表格的整行：请在值的末尾补上后引号，然后重新上传这些行",
    ),
    // Characters and cells.
    (
        "is not valid UTF-8: save the file as UTF-8",
        "不是有效的 UTF-8：请把文件另存为 CSV UTF-8",
    ),
    (
        "has a character that was lost (\u{FFFD}): type the text again",
        "有丢失的字符（\u{FFFD}）：请重新输入",
    ),
    (
        "is in ISO-2022, an encoding that is not read: save the file as UTF-8",
        "是 ISO-2022 编码，无法读取：请把文件另存为 CSV UTF-8",
    ),
    (
        "is an error value of a spreadsheet ({error}): correct the formula, or type the value",
        "是电子表格的错误值（{error}）：请更正公式，或直接输入值",
    ),
    (
        "the cell's number format hides a part of its value: format the cell as Text and type the whole value",
        "单元格的数字格式隐藏了部分内容：请把单元格设为文本，再输入完整的值",
    ),
    (
        "the cell is a number of more than 15 digits, of which a spreadsheet keeps 15: format the cell as Text and \
         type all digits again",
        "单元格是超过 15 位的数字，电子表格只保留 15 位：请把单元格设为文本，再输入全部数字",
    ),
    (
        "what the cell shows cannot be told from its number format: format the cell as Text and type what it means",
        "无法从数字格式得知单元格显示的内容：请把单元格设为文本，再输入它的值",
    ),
    (
        "the cell is a date, a time, or TRUE or FALSE, into which a spreadsheet turns texts such as 1-3: format the \
         cell as Text and type the value again",
        "单元格是日期、时间或 TRUE/FALSE，电子表格会把 1-3 之类的文本变成它们：请把单元格设为文本，再重新输入值",
    ),
    (
        "the cell is merged with another, which alone has the value: unmerge the cells and type the value in each",
        "单元格与另一个单元格合并，只有后者有值：请取消合并，并在每个单元格中输入值",
    ),
    (
        "the result of the cell's formula is not in the file: open the workbook in Excel and save it, or type the \
         result",
        "文件中没有单元格公式的结果：请用 Excel 打开并保存工作簿，或直接输入结果",
    ),
    (
        "the cell is neither a number nor a text: type its value again",
        "单元格既不是数字也不是文本：请重新输入它的值",
    ),
    // The whole row.
    (
        "the row has {fields} fields, the first line has {columns}: a missing or extra delimiter, or an unquoted one \
         inside a value?",
        "该行有 {fields} 个字段，首行有 {columns} 个：是否缺少或多出分隔符，或者值中的分隔符没有加引号？",
    ),
    (
        "the row has names of columns in the place of values: if it is the header of another table, split the file \
         there",
        "该行在值的位置上是列名：如果它是另一个表的表头，请在此处拆分文件",
    ),
    (
        "the row has words like the names of columns, and the file is said to have no header: delete the row; if it \
         is none of a header, import the file with one",
        "该行像是列名，而文件被指明没有表头：请删除该行；如果它不是表头，请给文件加上表头后导入",
    ),
    (
        "is the name of a column in the place of a value: if this line is a header, delete it",
        "在值的位置上是列名：如果该行是表头，请删除",
    ),
    (
        "at most {max} bytes can be kept unique",
        "不可重复的值最多 {max} 个字节",
    ),
    (
        "the key has {bytes} bytes, {max} are allowed",
        "主键有 {bytes} 个字节，最多 {max} 个",
    ),
    (
        "the row takes {bytes} bytes, at most {max} can be stored",
        "该行有 {bytes} 个字节，最多可存储 {max} 个",
    ),
    (
        "already taken by row {row} of this file",
        "已被本文件第 {row} 行使用",
    ),
    ("already taken", "已被占用"),
    (
        "another row of this file has the same key or value, and part of the file was not imported: retry the task, \
         or import this row again",
        "本文件的另一行有相同的主键或值，而文件有一部分没有导入：请重试任务，或重新导入该行",
    ),
    ("the store did not accept this row", "存储没有接受该行"),
    (
        "the {title} is not set up on this installation: set its address and its key, then retry the task",
        "{title} 在本系统上没有设置：请设置它的地址和密钥，再重试任务",
    ),
    (
        "the {title} refused the batch that this row was in: {error}",
        "{title} 拒绝了该行所在的批次：{error}",
    ),
    (
        "the {title} could not be reached: {error}; retry the task",
        "无法连接 {title}：{error}；请重试任务",
    ),
    (
        "the import of this part of the file failed again and again because of this row: {cause}; look at its values, \
         correct it and import it again",
        "文件的这一部分因为该行而反复导入失败：{cause}；请检查并更正该行的值，再重新导入",
    ),
];

static OF_ENGLISH: LazyLock<Patterns> = LazyLock::new(|| {
    let pairs = TEXTS.iter().map(|&(english, chinese)| (chinese, english));
    Patterns::new(&pairs.collect::<Vec<_>>())
});
static OF_CHINESE: LazyLock<Patterns> = LazyLock::new(|| Patterns::new(TEXTS));

/// Returns a problem's message in the language of a failed-rows file.
pub(super) fn in_language(language: ReportLanguage, english: &str) -> Cow<'_, str> {
    match language {
        ReportLanguage::En => Cow::Borrowed(english),
        ReportLanguage::Zh => translated(&OF_ENGLISH, english),
    }
}

/// Returns a problem's message in English, in whatever language a failed-rows file has it.
pub(super) fn in_english(message: &str) -> Cow<'_, str> {
    if message.is_ascii() {
        return Cow::Borrowed(message);
    }
    translated(&OF_CHINESE, message)
}

fn translated<'m>(patterns: &Patterns, message: &'m str) -> Cow<'m, str> {
    match patterns.read(message) {
        Some((pattern, values)) => Cow::Owned(filled(pattern, &values)),
        None => Cow::Borrowed(message),
    }
}

/// Puts values into the places of a pattern.
fn filled(pattern: &str, values: &BTreeMap<&str, Value>) -> String {
    let mut text = String::new();
    for (place, piece) in pattern.split(['{', '}']).enumerate() {
        text.push_str(match place % 2 {
            0 => piece,
            _ => values
                .get(piece)
                .and_then(Value::as_str)
                .unwrap_or_default(),
        });
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sluice_basics::pattern::names;
    use sluice_basics::station::StationConfig;
    use sluice_csv::{Dialect, FieldReader};
    use sluice_definition::{Catalog, Definition, HeaderMap, RowChecker};

    #[test]
    fn every_message_comes_back_from_its_translation() {
        for (number, &(english, chinese)) in TEXTS.iter().enumerate() {
            let values = names(english).map(|(name, _)| (name, Value::from(format!("<{name} 7>"))));
            let values: BTreeMap<&str, Value> = values.collect();
            let of_chinese: BTreeMap<&str, Value> = names(chinese)
                .map(|(name, _)| (name, Value::from(format!("<{name} 7>"))))
                .collect();
            assert_eq!(values, of_chinese, "{chinese}");
            let (english, chinese) = (filled(english, &values), filled(chinese, &values));
            assert_eq!(
                in_language(ReportLanguage::Zh, &english),
                chinese,
                "text {number}"
            );
            assert_eq!(in_english(&chinese), english, "text {number}");
            assert_eq!(in_english(&english), english);
            assert_eq!(in_language(ReportLanguage::En, &english), english);
        }
        let own = "Kunde gesperrt – 请联系客服";
        assert_eq!(
            (&*in_language(ReportLanguage::Zh, own), &*in_english(own)),
            (own, own)
        );
    }

    /// The messages of a row with these fields.
    fn messages(definition: &Definition, header: &str, record: &[u8]) -> Vec<String> {
        let header: Vec<String> = header.split(',').map(str::to_owned).collect();
        let map = HeaderMap::new(definition, &header).expect("a header");
        let mut reader = FieldReader::new(Dialect::default());
        let checker = RowChecker::new(definition, map, &StationConfig::default());
        let problems = checker
            .check(&reader.read(record))
            .err()
            .unwrap_or_default();
        problems
            .into_iter()
            .map(|problem| problem.message)
            .collect()
    }

    #[test]
    fn whatever_is_wrong_with_a_value_is_said_in_chinese() {
        let catalog = Catalog::load().expect("definitions");
        let members = catalog.get(&"member_import".parse().expect("a business"));
        let members = members.expect("a definition");
        let header = "member_no,name,phone,email,gender,birthday,points";
        let long = "x".repeat(200);
        let mut said = 0;
        for value in [
            "",
            "?",
            "\u{7}",
            "\u{FFFD}",
            "#N/A",
            "'=1",
            "1.2E+11",
            "12.000",
            "1,200",
            "1.5",
            "03/04/2026",
            "46053",
            "2026-02-30",
            "01/01/26",
            "2026-01-31 08:30",
            "a@b",
            "a@@b.c",
            "é@b.com",
            "a@b.com c@d.com",
            "123",
            "+49",
            "99999999999999",
            "138 0013 8000 / 9",
            "\\\"x\\\"",
            " \"x",
            "\u{1B}$B",
            &long,
        ] {
            let quoted = format!("\"{}\"", value.replace('"', "\"\""));
            let fields = |own: &str| [own; 7].join(",");
            for record in [fields(value), fields(&quoted), format!("{value},")] {
                for message in messages(members, header, record.as_bytes()) {
                    let chinese = in_language(ReportLanguage::Zh, &message);
                    assert!(!chinese.is_ascii() && *chinese != message, "{message}");
                    assert_eq!(in_english(&chinese), message);
                    said += 1;
                }
            }
        }
        assert!(said > 100, "{said}");
        let bytes = messages(members, header, b"\xff,b,,,,,");
        assert_eq!(bytes.len(), 1);
        assert!(!in_language(ReportLanguage::Zh, &bytes[0]).is_ascii());
    }
}
