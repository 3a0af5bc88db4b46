//! Dates, and dates with times.

use super::*;

#[test]
fn dates_that_begin_with_the_year() {
    let table = [
        ("2026-01-31", "2026-01-31"),
        ("2026-1-31", "2026-01-31"),
        ("2026/1/31", "2026-01-31"),
        ("2026.1.31", "2026-01-31"),
        ("20260131", "2026-01-31"),
        ("2026年1月31日", "2026-01-31"),
        ("2026 年 01 月 31 号", "2026-01-31"),
        ("２０２６／１／３１", "2026-01-31"),
        ("2026-01-31 00:00:00", "2026-01-31"),
        ("2026/1/31 0:00", "2026-01-31"),
        ("2026-01-31T00:00:00.000Z", "2026-01-31"),
        ("2026/1/31 12:00:00 AM", "2026-01-31"),
        ("2026-01-31 08:30", "!without a time of day"),
        ("2026-01-31 x", "!must be a date such as"),
        ("2023-02-29", "!no day of the calendar"),
        ("1999-13-01", "!no day of the calendar"),
        ("2020-06-00", "!no day of the calendar"),
        ("2026-01/31", "!must be a date such as"),
        ("26-01-31", "!four digits"),
        ("26/1/31", "!four digits"),
        ("0026-01-31", "!four digits"),
        ("03/04/1990", "!set the station's date order"),
        ("46053", "!spreadsheet's number for a day"),
        ("2026-01-3x", "!must be a date such as"),
        ("2026-01-311", "!must be a date such as"),
        ("2026-01", "!must be a date such as"),
        ("yesterday", "!must be a date such as"),
        ("2026年1月", "!must be a date such as"),
    ];
    assert_read("type = \"date\"", &china(), &table);
}

#[test]
fn dates_that_can_mean_one_day_only_are_read_in_any_order() {
    let table = [
        ("31.12.1990", "1990-12-31"),
        ("31/12/1990", "1990-12-31"),
        ("12/31/1990", "1990-12-31"),
        ("5-5-1990", "1990-05-05"),
        ("31-Dec-1990", "1990-12-31"),
        ("31 December 1990", "1990-12-31"),
        ("31st December, 1990", "1990-12-31"),
        ("31Dec1990", "1990-12-31"),
        ("Dec 31, 1990", "1990-12-31"),
        ("DECEMBER 3rd 1990", "1990-12-03"),
        ("Sept. 5, 1990", "1990-09-05"),
        ("1990-Dec-31", "1990-12-31"),
        ("3 May 1990 00:00:00", "1990-05-03"),
        ("３１－Ｄｅｃ－１９９０", "1990-12-31"),
        ("03/04/1990", "!date order"),
        ("31/31/1990", "!no day of the calendar"),
        ("31-Feb-1990", "!no day of the calendar"),
        ("31-Dec-90", "!four digits"),
        ("Dec 1990", "!must be a date such as"),
        ("31-Dez-1990", "!must be a date such as"),
        ("Dec", "!must be a date such as"),
        ("31-Decem-1990", "!must be a date such as"),
        ("31-Dec-1990 8:30", "!without a time of day"),
    ];
    assert_read("type = \"date\"", &china(), &table);
    let table = [("31-Dec-1990 8:30 PM", "1990-12-31T12:30:00Z")];
    assert_read("type = \"date_time\"", &china(), &table);
}

#[test]
fn dates_that_end_with_the_year() {
    let day_first = station("DE", "Europe/Berlin", DateOrder::DayFirst);
    let table = [
        ("31/12/2026", "2026-12-31"),
        ("31.12.2026", "2026-12-31"),
        ("1-2-2026", "2026-02-01"),
        ("2026-12-31", "2026-12-31"),
        ("12/31/2026", "!no day of the calendar"),
        ("31.12.26", "!four digits"),
    ];
    assert_read("type = \"date\"", &day_first, &table);
    let month_first = station("US", "America/New_York", DateOrder::MonthFirst);
    let table = [
        ("12/31/2026", "2026-12-31"),
        ("1/2/2026 12:00 AM", "2026-01-02"),
        ("31/12/2026", "!no day of the calendar"),
    ];
    assert_read("type = \"date\"", &month_first, &table);
}

#[test]
fn formats_of_the_definition_come_first() {
    let lines = "type = \"date\"\nformats = [\"%d %b %Y\", \"%m/%d/%Y\"]";
    let table = [
        ("31 Dec 2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("2026-12-31", "2026-12-31"),
        ("31 Dec 26", "!four digits"),
    ];
    assert_read(lines, &china(), &table);
    let lines = "type = \"date_time\"\nformats = [\"%Y%m%d%H%M%S\", \"%d.%m.%Y %H:%M %z\"]";
    let table = [
        ("20260131083000", "2026-01-31T00:30:00Z"),
        ("31.01.2026 08:30 +0100", "2026-01-31T07:30:00Z"),
        ("2026-01-31 08:30", "2026-01-31T00:30:00Z"),
    ];
    assert_read(lines, &china(), &table);
}

#[test]
fn times_are_stored_in_utc() {
    let table = [
        ("2026-01-31 08:30", "2026-01-31T00:30:00Z"),
        ("2026-01-31T08:30:15", "2026-01-31T00:30:15Z"),
        ("2026-01-31T08:30:15Z", "2026-01-31T08:30:15Z"),
        ("2026-01-31T08:30:15z", "2026-01-31T08:30:15Z"),
        ("2026-01-31 08:30 +08:00", "2026-01-31T00:30:00Z"),
        ("2026-01-31T08:30:00-0530", "2026-01-31T14:00:00Z"),
        ("2026-01-31T08:30:00+08", "2026-01-31T00:30:00Z"),
        ("2026-01-31T08:30:15.250Z", "2026-01-31T08:30:15.25Z"),
        ("2026-01-31T08:30:15.000Z", "2026-01-31T08:30:15Z"),
        ("2026/1/31 8:30 AM", "2026-01-31T00:30:00Z"),
        ("2026/1/31 8:30:05pm", "2026-01-31T12:30:05Z"),
        ("2026/1/31 12:05 PM", "2026-01-31T04:05:00Z"),
        ("2026/1/31 12:05 am", "2026-01-30T16:05:00Z"),
        ("2026/1/31 下午 3:04", "2026-01-31T07:04:00Z"),
        ("2026年1月31日 上午8:30", "2026-01-31T00:30:00Z"),
        ("2026年1月31日8:30", "2026-01-31T00:30:00Z"),
        ("20260131 08:30", "2026-01-31T00:30:00Z"),
        ("2026-01-31", "!needs a time of day"),
        ("2026-01-31 24:00", "!a date and a time"),
        ("2026-01-31 08:60", "!a date and a time"),
        ("2026-01-31 13:00 PM", "!a date and a time"),
        ("2026-01-31 上午8:30 AM", "!a date and a time"),
        ("2026-01-31 8", "!a date and a time"),
        ("2026-01-31 08:30 CET", "!a date and a time"),
        ("2026-01-31 08:30 +25:00", "!a date and a time"),
        ("03/04/2026 08:30", "!set the station's date order"),
        ("26-01-31 08:30", "!four digits"),
        ("9999-12-31 23:59:59-12:00", "!too far away"),
    ];
    assert_read("type = \"date_time\"", &china(), &table);
}

#[test]
fn of_a_time_that_is_there_twice_it_is_the_first_and_a_skipped_one_is_refused() {
    let berlin = station("DE", "Europe/Berlin", DateOrder::DayFirst);
    let table = [
        ("25.10.2026 02:30", "2026-10-25T00:30:00Z"),
        ("25.10.2026 02:30 +01:00", "2026-10-25T01:30:00Z"),
        ("29.03.2026 02:30", "!the clocks of Europe/Berlin skip"),
        ("29.03.2026 03:30", "2026-03-29T01:30:00Z"),
    ];
    assert_read("type = \"date_time\"", &berlin, &table);
}
