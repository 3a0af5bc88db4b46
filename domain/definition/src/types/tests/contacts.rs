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
        ("-13812345678", "!phone number of CN with all its digits"),
        ("－13812345678.0", "!phone number of CN with all its digits"),
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
fn a_field_with_an_extension_or_a_second_number_is_no_phone_number() {
    for text in [
        "010-62345678-1",
        "010-62345678/9",
        "+86 21 6234 5678/9",
        "(010)62345678(1)",
        "400 800 1234-5",
        "010-62345678-801",
        "010 62345678 801",
        "13800138000/13900139000",
        "13800138000 13900139000",
        "13800138000;13900139000",
        "13800138000、13900139000",
        "13800138000\n13900139000",
        "13800138000,1",
        "+1 415 555 2671 ext 5",
        "+1 415-555-2671 x5",
        "+1 415-555-2671-5",
        "010－62345678－1",
        "０１０－６２３４５６７８／９",
        "138123456.78",
        "1381234567-8",
        "+1 415 555 2671#5",
        "138 1234 567-8",
        "+49 30 1234567/8",
        "+49 30 123456 / +49 30 123457",
        "+852 6123 4567/8",
    ] {
        let read = column("type = \"phone\"").read(text, &china());
        assert_eq!(
            read.expect_err(text)[0].code,
            ProblemCode::NotAPhone,
            "{text}"
        );
    }
    let table = [
        ("138 1234 5678", "+8613812345678"),
        ("138-1234-5678", "+8613812345678"),
        ("138 123 456 78", "+8613812345678"),
        ("+86 010 6234 5678", "+861062345678"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("+44 20 7946 0958", "+442079460958"),
        ("+33 1 42 68 53 00", "+33142685300"),
        ("+46 8 123 456 78", "+46812345678"),
        ("+49 30 12 34 56", "+4930123456"),
        ("+49 89/1234-5678", "+498912345678"),
        ("+852 6123 4567", "+85261234567"),
        ("+39 02 1234 567", "+39021234567"),
        ("13812345678 +", "!one phone number"),
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
        // Numbers of Germany have no usual length: the digits of another number, or of an extension, would make
        // one that could be dialled.
        ("030 123456 654321", "!one phone number"),
        ("0221 123456 123457", "!one phone number"),
        ("030 123456 0171123", "!one phone number"),
        ("030 1234 (1234)", "!one phone number"),
        ("+49 30 123456 654321", "!one phone number"),
        ("030 1234 5678", "+493012345678"),
        ("030 12 34 56 78", "+493012345678"),
        ("0151 1234 5678", "+4915112345678"),
        ("(030) 1234567", "+49301234567"),
        ("(030 1234567)", "+49301234567"),
        ("(030)(1234567)", "!one phone number"),
    ];
    assert_read("type = \"phone\"", &germany, &table);
    let austria = station("AT", "Europe/Vienna", DateOrder::DayFirst);
    let table = [
        ("0664 1234567", "+436641234567"),
        ("0664 123 45 67", "+436641234567"),
        ("0664 123456 4567", "!one phone number"),
        ("0664 123456 (1234)", "!one phone number"),
    ];
    assert_read("type = \"phone\"", &austria, &table);
    let nowhere = station("ZZ", "UTC", DateOrder::YearFirst);
    let table = [
        ("+8613812345678", "+8613812345678"),
        ("13812345678", "!with + and its country code"),
    ];
    assert_read("type = \"phone\"", &nowhere, &table);
}
