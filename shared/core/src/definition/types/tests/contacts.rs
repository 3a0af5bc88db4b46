//! E-mail addresses and phone numbers.

use super::*;

#[test]
fn e_mail_addresses() {
    let local = "x".repeat(65);
    let long = format!("{local}@example.com");
    let table = [
        ("A.B+c@Example.COM", "a.b+c@example.com"),
        ("ａ@ｂ。ｃｏｍ", "a@b.com"),
        ("o'brien@example.ie", "o'brien@example.ie"),
        ("anna@Bücher.example", "anna@xn--bcher-kva.example"),
        ("li@例子.中国", "li@xn--fsqu00a.xn--fiqs8s"),
        ("qq_123@163.com", "qq_123@163.com"),
        ("anna.example.com", "!e-mail address"),
        ("max@@example.com", "!one e-mail address"),
        ("a@b@c.com", "!one e-mail address"),
        ("a@localhost", "!domain"),
        ("a@1.2.3.4", "!domain"),
        ("a@-b.com", "!domain"),
        ("a@b..com", "!domain"),
        ("a@b.com.", "!domain"),
        ("a@b_c.com", "!domain"),
        ("a b@c.com", "!e-mail address"),
        (".a@b.com", "!e-mail address"),
        ("a..b@c.com", "!e-mail address"),
        ("@b.com", "!e-mail address"),
        ("a@", "!domain"),
        ("Anna <a@b.com>", "!domain"),
        ("a@b.com; c@d.com", "!one e-mail address"),
        ("用户@例子.中国", "!Latin letters"),
        (&long, "!64 characters"),
    ];
    assert_read("type = \"email\"", &china(), &table);
}

#[test]
fn phone_numbers_of_china() {
    let table = [
        ("13812345678", "+8613812345678"),
        ("+8613812345678", "+8613812345678"),
        ("+86 138-1234 5678", "+8613812345678"),
        ("(+86) 13812345678", "+8613812345678"),
        ("8613812345678", "+8613812345678"),
        ("0086 138 1234 5678", "+8613812345678"),
        ("１３８１２３４５６７８", "+8613812345678"),
        ("\u{202d}138 1234 5678\u{202c}", "+8613812345678"),
        ("138–1234–5678", "+8613812345678"),
        ("'13812345678", "+8613812345678"),
        ("13812345678.0", "+8613812345678"),
        ("19912345678", "+8619912345678"),
        ("010-12345678", "+861012345678"),
        ("(021) 6123 4567", "+862161234567"),
        ("400-820-8820", "+864008208820"),
        ("+4915112345678", "+4915112345678"),
        ("1.38E+10", "!shortened by a spreadsheet"),
        ("1.38123E+10", "!shortened by a spreadsheet"),
        ("1381234567", "!phone number of CN with all its digits"),
        ("138123456789", "!phone number of CN"),
        ("61234567", "!phone number of CN"),
        ("110", "!phone number of CN"),
        ("+86138", "!all its digits"),
        ("+999123456789", "!all its digits"),
        ("call me", "!phone number"),
        ("1-800-FLOWERS", "!phone number"),
        ("13812345678/13912345678", "!phone number"),
        ("13812345678转12", "!phone number"),
        ("138+12345678", "!phone number"),
        ("0", "!phone number"),
        ("+", "!phone number"),
    ];
    assert_read("type = \"phone\"", &china(), &table);
}

#[test]
fn phone_numbers_of_germany_and_of_nowhere() {
    let germany = station("DE", "Europe/Berlin", DateOrder::DayFirst);
    let table = [
        ("0151 12345678", "+4915112345678"),
        // A spreadsheet took the zero away.
        ("15112345678", "+4915112345678"),
        ("+49 (0) 151 12345678", "+4915112345678"),
        ("0049/151/12345678", "+4915112345678"),
        ("030 123456", "+4930123456"),
        ("(089) 1234-5678", "+498912345678"),
        ("+86 13812345678", "+8613812345678"),
        ("0151", "!phone number of DE"),
    ];
    assert_read("type = \"phone\"", &germany, &table);
    let nowhere = station("ZZ", "UTC", DateOrder::YearFirst);
    let table = [
        ("+8613812345678", "+8613812345678"),
        ("13812345678", "!with + and its country code"),
    ];
    assert_read("type = \"phone\"", &nowhere, &table);
}
