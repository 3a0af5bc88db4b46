"""Makes the files in this folder: pip install openpyxl==3.1.5 xlsxwriter==3.2.9"""

import datetime
import gzip
import pathlib

import openpyxl
import xlsxwriter

CREATED = datetime.datetime(2026, 3, 1)
CHINESE = "会员号,姓名,手机,性别,生日,积分\r\nC001,王小明,138 0013 8000,男,1990/5/17,120\r\nC002,欧阳娜娜,,女,1991-01-02,\r\n"


def text(name, content, encoding="utf-8"):
    pathlib.Path(name).write_bytes(content.encode(encoding))


def encodings():
    text("gbk_chinese_headers.csv", CHINESE, "gbk")
    text("gb18030_rare_characters.csv", CHINESE.replace("欧阳娜娜", "㐀𠮷😀"), "gb18030")
    text("excel_csv_utf8.csv", "\ufeff" + CHINESE)
    text("excel_unicode_text.txt", "\ufeff" + CHINESE.replace(",", "\t"), "utf-16-le")
    text("utf16_big_endian.csv", "\ufeff" + CHINESE, "utf-16-be")
    text("utf16_without_mark.csv", CHINESE, "utf-16-le")
    text("windows_1252_semicolon.csv", "member_no;name;address\r\n1;Zoë Müller;Große Straße 7, Köln\r\n2;José;Cañón 3 – 4º\r\n", "cp1252")
    text("shift_jis.csv", "member_no,name,address\r\n1,山田太郎,東京都千代田区\r\n2,すずき,カタカナとひらがな\r\n", "shift_jis")
    text("bom_twice.csv", "\ufeff\ufeffmember_no,name\nB1,Ann\n")
    pathlib.Path("gbk_row_in_utf8.csv").write_bytes(
        "member_no,name\nG1,张三李四王五赵六孙七周八\n".encode() + "G2,张三\n".encode("gbk")
    )


def shapes():
    text("pipe.txt", "member_no|name|points\nP1|Ann, Bo|5\n")
    text("tab.tsv", "member_no\tname\tpoints\nT1\tAnn, Bo\t5\n")
    text("separator_line.csv", "sep=;\r\nmember_no;name\r\nS1;Ann\r\n")
    text("quoted_delimiters_and_line_breaks.csv", 'member_no,name,address\r\nQ1,"Ann, B.","12 High St\r\nFlat 3\r\n\r\n""Back"" door"\r\nQ2,,x\r\n')
    text("stray_quotes.csv", 'member_no,name,address\nQ1,5" Bo,"a"b\nQ2,Ann,"c" \n')
    text("unbalanced_quote.csv", 'member_no,name\nU1,Ann\nU2,"Bo\nU3,Cy\n')
    text("mac_line_ends.csv", "member_no,name\rL1,Ann\rL2,\r")
    text("mixed_line_ends.csv", "member_no,name\r\nL1,Ann\nL2,Bo\rL3,Cy\r\r\nL4,\n")
    text("no_line_end_at_the_end.csv", "member_no,name\nL1,Ann")
    text("control_z_at_the_end.csv", "member_no,name\r\nL1,Ann\r\n\x1a")
    text("blank_lines.csv", "\n\nmember_no,name\n\nL1,Ann\n\n\nL2,\n\n\n\n")
    text("rows_of_delimiters.csv", "member_no,name,points\nL1,Ann,1\n,,\n,,\n")
    text("ragged_rows.csv", "member_no,name,points\nR1,Ann\nR2,Bo,2,\nR3,Cy,3,4\nR4,Di,4\n")
    text("long_line.csv", "member_no,name,address\nN1,Ann," + "x" * 20_000 + "\nN2,Bo,y\n")
    text("nul_bytes.csv", "member_no,name\nN1,A\0nn\nN2,Bo\n")
    text("leading_empty_columns.csv", ",,member_no,name\n,,E1,Ann\n,,E2,\n")
    text("trailing_delimiters.csv", "member_no,name,\nE1,Ann,\nE2,,\n")
    text("trailing_delimiters_in_rows.csv", "member_no,name\nE1,Ann,\nE2,Bo,\n")


def headers():
    text("title_block.csv", "Members of the shop,,\nPrinted 2026-03-01,,\n,,\nMember No,Full Name,Balance\nH1,Ann,1\nH2,,x\n")
    text("total_row.csv", "member_no,name,points\nH1,Ann,1\nH2,Bo,2\nTotal,,3\n")
    text("repeated_header.csv", "member_no,name,points\nH1,Ann,1\nmember_no,name,points\nH2,Bo,2\n")
    text("duplicate_headers.csv", "member_no,name,Name\nH1,Ann,Bo\n")
    text("only_a_header.csv", "member_no,name\r\n")
    text("only_blank_lines.csv", "\r\n\r\n\r\n")
    text("no_header.csv", "H1,Ann\nH2,Bo\n")
    text("unknown_headers.csv", "nr,vorname,nachname\n1,Ann,B\n")


def values():
    text("semicolon_decimal_commas.csv", "member_no;name;points\nV1;Ann;1.234,50\nV2;Bo;12,0\nV3;Cy;1 200\nV4;Di;12\n")
    text("shortened_phones.csv", "member_no,name,phone\nV1,Ann,1.38E+10\nV2,Bo,13800138000.0\nV3,Cy,'13800138000\nV4,Di,\"13800138000\t\"\n")
    text("leading_zeros.csv", "member_no,name\n007,Ann\n\"=\"\"008\"\"\",Bo\n='009,Cy\n'010,Di\n")
    text("dates_in_many_styles.csv", "member_no,name,birthday\nD1,Ann,1990-05-17\nD2,Bo,1990/5/17 0:00\nD3,Cy,1990年5月17日\nD4,Di,17.05.1990\nD5,Ed,5/17/90\nD6,Fay,33010\nD7,Gus,17-May-1990\nD8,Hal,1990-02-30\n")
    text("full_width.csv", "ｍｅｍｂｅｒ＿ｎｏ,姓名,积分,生日,手机\nW1,王　小明,１２３,２０２６／１／３１,１３８００１３８０００\n")
    text("full_width_digits.csv", "会员号,姓名,积分,生日,手机\nW1,王　小明,１２３,２０２６／１／３１,１３８００１３８０００\nＷ２,李,1,,\n")
    text("emoji.csv", "member_no,name,address\nM1,👩\u200d👩\u200d👧 Ann 🇩🇪,☕\ufe0f\nM2,e\u0301\u00e9,مرحبا\n")
    text("spaces_everywhere.csv", " member no , Name \n M1 , Ann  B \n\u00a0M2\u200b,\tBo\u3000\n")
    text("words_for_nothing.csv", "member_no,name,points,email\nM1,NULL,,\nM2,N/A,NULL,-\n")
    text("duplicate_keys.csv", "member_no,name\nM1,Ann\nM1,Ann\nm1,Ann\n")


def packed():
    raw = CHINESE.encode("gbk")
    pathlib.Path("gbk.csv.gz").write_bytes(gzip.compress(raw, mtime=0))
    pathlib.Path("cut_off.csv.gz").write_bytes(gzip.compress(raw, mtime=0)[:-12])
    text("web_page.xls", "<html><table><tr><td>member_no</td><td>name</td></tr></table></html>")
    text("rows.json", '[{"member_no": "M1", "name": "Ann"}]\n')


def dates_and_long_numbers():
    """What Excel writes: numbers in cells of the format General, dates as days."""
    book = xlsxwriter.Workbook("excel_dates_and_long_numbers.xlsx")
    book.set_properties({"created": CREATED})
    sheet = book.add_worksheet("会员")
    date = book.add_format({"num_format": "yyyy/m/d"})
    sheet.write_row(0, 0, ["会员号", "姓名", "手机", "生日", "积分", "注册日期"])
    sheet.write_row(1, 0, [202600000000001, "王小明", 13800138000])
    sheet.write_datetime(1, 3, datetime.datetime(1990, 5, 17), date)
    sheet.write_number(1, 4, 1200)
    sheet.write_datetime(1, 5, datetime.datetime(2026, 3, 1), date)
    # Excel has kept 15 digits of 19, and nobody formatted the day as one.
    sheet.write_row(2, 0, [6222021001001234000, "李", 1.38001380e10, 33010, 12.5])
    book.close()


def merged_titles():
    """What Python programs write: a title over the table, a formula without a value."""
    book = openpyxl.Workbook()
    book.properties.created = book.properties.modified = CREATED
    sheet = book.active
    sheet["A1"] = "Members of the shop"
    sheet.merge_cells("A1:D1")
    sheet["A2"] = "Printed on 1 March 2026"
    sheet.merge_cells("A2:D2")
    sheet.append(["Member No", "Full Name", "Balance", "Remark"])
    sheet.append(["X1", "Ann", 5, "x"])
    sheet.append(["X2", None, 6, "y"])
    sheet.append(["X3", "Cy", "=C4*2", None])
    book.save("merged_titles_and_a_formula.xlsx")


if __name__ == "__main__":
    encodings()
    shapes()
    headers()
    values()
    packed()
    dates_and_long_numbers()
    merged_titles()
