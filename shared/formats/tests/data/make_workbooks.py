"""Makes the workbooks in this folder: pip install openpyxl==3.1.5 xlsxwriter==3.3.1"""

import datetime

import openpyxl
import openpyxl.styles
import openpyxl.utils.datetime
import xlsxwriter

CREATED = datetime.datetime(2026, 3, 1)


def dates_and_numbers():
    """What Excel itself writes: shared texts, styles, cached values of formulas."""
    book = xlsxwriter.Workbook("dates_and_numbers.xlsx")
    book.set_properties({"created": CREATED})
    options = book.add_worksheet("options")
    options.write_row(0, 0, ["gold", "silver"])
    options.hide()
    sheet = book.add_worksheet("Members 2026")
    sheet.activate()
    sheet.set_first_sheet()

    date = book.add_format({"num_format": "yyyy-mm-dd"})
    chinese = book.add_format({"num_format": 'yyyy"年"m"月"d"日"'})
    moment = book.add_format({"num_format": "m/d/yy h:mm"})
    time = book.add_format({"num_format": "h:mm AM/PM"})
    elapsed = book.add_format({"num_format": "[h]:mm:ss"})
    percent = book.add_format({"num_format": "0.00%"})
    money = book.add_format({"num_format": '#,##0.00 "EUR"'})
    postcode = book.add_format({"num_format": "00000"})
    bold = book.add_format({"bold": True})
    day = datetime.datetime(2026, 3, 1, 10, 20, 30)

    sheet.write(0, 0, "Members on 1 March")
    header = ["phone", "id_card", "born", "joined", "opens", "worked", "share", "spent",
              "postcode", "active", "note"]
    sheet.write_row(2, 0, header)
    sheet.write_number(3, 0, 13800138000)
    sheet.write_number(3, 1, 622202100100123)
    sheet.write_datetime(3, 2, day, date)
    sheet.write_datetime(3, 3, day, moment)
    sheet.write_number(3, 4, 0.4309027777777778, time)
    sheet.write_number(3, 5, 1.5, elapsed)
    sheet.write_number(3, 6, 0.25, percent)
    sheet.write_number(3, 7, 1234.1, money)
    sheet.write_number(3, 8, 1234, postcode)
    sheet.write_boolean(3, 9, True)
    sheet.write_rich_string(3, 10, "plain ", bold, "bold, ", "and \"quoted\"")
    # A blank row with a format in it.
    sheet.write_blank(4, 0, None, date)
    sheet.write_string(5, 0, "13900139000")
    sheet.write_number(5, 1, 6.2220210010012345e18)
    sheet.write_number(5, 2, 60, date)
    sheet.write_datetime(5, 3, day, chinese)
    sheet.write_formula(5, 6, "=1/0", None, "#DIV/0!")
    sheet.write_formula(5, 7, "=SUM(H4,0.2)", money, 1234.3)
    sheet.write_formula(5, 8, '=LEFT("00700",3)', None, "007")
    sheet.write_formula(5, 9, "=FALSE()", None, False)
    sheet.write_string(5, 10, "two\nlines")
    sheet.write_string(6, 0, "last")
    # Formats without values, as a column that was formatted to its end has.
    for row in range(7, 40):
        sheet.write_blank(row, 2, None, date)
    book.close()


def chinese_sheets():
    """What Python programs write: formulas without values, and days from 1904."""
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.properties.created = book.properties.modified = CREATED
    members = book.active
    members.title = "会员"
    members.append(["会员号", "姓名", "生日", "积分"])
    members.append(["A001", "张三", datetime.date(1990, 5, 17), 120])
    members.append(["A002", "欧阳,娜娜", datetime.datetime(1990, 5, 17, 8, 30), "=D2*2"])
    orders = book.create_sheet("订单 & 退款")
    orders.append(["订单号", "金额"])
    orders.append([202603010000123, 19.9])
    book.save("chinese_sheets.xlsx")


def inline_strings():
    """What programs write that stream: each text in its cell, no shared ones."""
    book = xlsxwriter.Workbook("inline_strings.xlsx", {"constant_memory": True})
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet()
    for row in range(12):
        sheet.write_row(row, 0, [f"name {row}", " padded & <escaped> ", row])
    book.close()


if __name__ == "__main__":
    dates_and_numbers()
    chinese_sheets()
    inline_strings()
