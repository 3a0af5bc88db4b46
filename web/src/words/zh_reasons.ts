// Why a file is not imported, or rows are not exported, or an import is not undone, in Chinese, by the API's sentence: those that
// files are refused with in shared/formats/src, domain/csv/src and kinds/import/src/plan/open.rs,
// and those of kinds/export/src and domain/export/src; of undos those of domain/task/src/reason/table.rs.

import type { Called, Sayings } from './sayings';
import { MAILS } from './zh_mail_reasons';
import { SCORES } from './zh_score_reasons';
import { STATION } from './zh_station_reasons';

/** What a file is instead of a table, and what to do. */
const KINDS: Record<string, [what: string, advice: string]> = {
  'an Excel workbook of the old kind (.xls)': ['旧版 Excel 工作簿（.xls）', 'save'],
  'an Excel workbook of the binary kind (.xlsb)': ['二进制 Excel 工作簿（.xlsb）', 'save'],
  'a document with a password': ['带密码的文档', '请去掉密码，另存为 .xlsx 或“CSV UTF-8”。'],
  'an OpenDocument file': ['OpenDocument 文件', '请把表格另存为 .xlsx 或 UTF-8 编码的 CSV。'],
  'a Numbers document': ['Numbers 文档', '请导出为 .xlsx 或 CSV。'],
  'a text document or a presentation': ['文字文档或演示文稿', 'export'],
  'an archive': ['压缩包', '请解压后上传其中的 CSV 文件或 .xlsx 工作簿。'],
  'a compressed file': ['压缩文件', '请解压，或改用 gzip 压缩。'],
  'a PDF document': ['PDF 文档', 'export'],
  'an image': ['图片', '请上传表格本身，格式为 CSV 或 .xlsx。'],
  'a Parquet, Avro or Arrow file': ['Parquet、Avro 或 Arrow 文件', 'export'],
  'a SQLite database': ['SQLite 数据库', 'export'],
  'a web page, even if its name ends with .xls': ['网页（即使文件名以 .xls 结尾）', 'save'],
  'an XML document': ['XML 文档', 'save'],
  'a JSON document': ['JSON 文档', 'export'],
  'not a text file': ['非文本文件', '请用创建它的程序打开，再导出为 CSV（UTF-8）或 .xlsx。'],
};

const ADVICE: Record<string, string> = {
  save: '请用 Excel 打开，另存为 .xlsx 或“CSV UTF-8”。',
  export: '请在来源系统中把表格导出为 CSV（UTF-8）或 .xlsx。',
};

/** The names in back quotes. */
const quoted = (text: string) => [...text.matchAll(/`([^`]*)`/g)].map(([, name]) => name as string);
const columns = (text: string, called: Called) => quoted(text).map(called).join('、');

const AGAIN = '请重新上传。';
const AS_CSV = '请把工作表另存为“CSV UTF-8”后上传。';

const SENTENCES: Sayings = [
  [
    /^this text seems to be (.+), which is not read/,
    '文本编码似乎是 $1，无法读取：请把文件另存为“CSV UTF-8”，或指定编码。',
  ],
  [
    /^the encoding of this text is not clear: it may be (.+?)\. Save/,
    '无法确定文本编码，可能是 $1：请把文件另存为“CSV UTF-8”后重新上传，或指定编码。',
  ],
  [
    /^row (\d+) stands above the header in row (\d+)/,
    '第 $1 行在第 $2 行的表头之上，看起来是数据行：请把表头移到最上面，或删除表头之上的内容。',
  ],
  [/^the gzip file was cut off/, () => `gzip 文件不完整：请重新压缩，${AGAIN}`],
  [/^the gzip file is damaged/, () => `gzip 文件已损坏：请重新压缩，${AGAIN}`],
  [/^other data follows the gzip data/, () => `gzip 数据之后还有其他内容：请重新压缩，${AGAIN}`],
  [
    /^the gzip file has (.+) in it/,
    ([what]) => `gzip 文件里是${KINDS[what ?? '']?.[0] ?? '另一个文件'}：请解压后上传其中的文件。`,
  ],
  [
    /^the file unpacks to more than (\d+) times its size/,
    '文件解压后超过原大小的 $1 倍：请直接上传 CSV 文件。',
  ],
  [/^the file unpacks to more than (.+): split/, '文件解压后超过 $1：请拆分成多个文件。'],
  [
    /^the workbook has (.+), at most (.+) are read/,
    ([size, most]) => `工作簿有 ${size}，最多读取 ${most}：${AS_CSV}`,
  ],
  [/^the workbook has a password/, () => `工作簿有密码：请去掉密码，保存后重新上传。`],
  [/^the workbook is damaged/, '工作簿已损坏：请用 Excel 打开，另存为 .xlsx 或“CSV UTF-8”后上传。'],
  [/^the workbook has no sheet with a table/, '工作簿里没有包含表格的工作表。'],
  [
    /^the first sheet, `(.*)`, is empty: name the one that has the table; there are (.+)$/,
    '第一张工作表“$1”是空的：请选择表格所在的工作表。现有：$2。',
  ],
  [
    /^the sheet `(.*)` has the same columns as (.+), and one sheet is imported:/,
    '工作表“$1”与 $2 的列相同，而每次只导入一张工作表：请选择要导入的工作表，或把所有行放到一张工作表里。',
  ],
  [/^the workbook has no sheet `(.*)`: it has (.+)$/, '工作簿里没有工作表“$1”，有：$2。'],
  [
    /^the workbook has more than (.+) of different texts/,
    ([most]) => `工作簿里不同的文本超过 ${most}：${AS_CSV}`,
  ],
  [/^row (\d+) of the sheet has more than (.+) of text/, '工作表第 $1 行的文本超过 $2。'],
  [/^the file has no rows/, '文件没有数据行，没有可导入的内容。'],
  [/^the file is empty/, '文件是空的：第一行应是各列的名称。'],
  [
    /^the name of column (\d+) is not UTF-8 text/,
    '第 $1 列的名称不是 UTF-8 文本：请把文件另存为“CSV UTF-8”后重新上传。',
  ],
  [
    /^the first line does not end within the first (\d+) bytes/,
    '第一行超过 $1 字节还没有结束：请检查换行，以及引号是否成对。',
  ],
  [
    /^the file has (\d+) bytes, (\d+) were announced/,
    ([found, said]) => `文件有 ${found} 字节，应为 ${said} 字节：发送时不完整或被改动。${AGAIN}`,
  ],
  [
    /^the file has (\d+) bytes, a file of this station may have at most (\d+)/,
    '文件有 $1 字节，本站点的文件最多 $2 字节：请拆分成多个文件。',
  ],
  [/^the file has more than the (\d+) rows/, '文件超过本站点允许的 $1 行：请拆分成多个文件。'],
  [
    /^the file has (\d+) columns, at most (\d+) are allowed/,
    '文件有 $1 列，最多 $2 列：请删除不导入的列。',
  ],
  [/^the header is too long/, '表头过长：请缩短各列的名称。'],
  [/^the file would have more than \d+ chunks/, '文件过大：请拆分成多个文件。'],
  [/^the file was replaced or deleted before/, () => `文件在导入前被替换或删除。${AGAIN}`],
  [
    /^the header lacks (.+?): found (.*?)\. (?:Did|Add)/,
    ([missing, found], called) =>
      `表头缺少必填列：${columns(missing ?? '', called)}。文件中的列：${quoted(found ?? '').join('、')}。请补上这些列，或在导入页面选择对应的字段。`,
  ],
  [
    /^the headers `(.*)` and `(.*)` both mean the column `(.*)`/,
    ([first, second, column], called) =>
      `“${first}”和“${second}”都对应列 ${called(column ?? '')}：请只保留一个，或指定其中一个。`,
  ],
  [
    /^the file has no header, and the mapping lacks (.+?): say/,
    ([missing], called) =>
      `文件没有表头，还需指定以下列对应的字段：${columns(missing ?? '', called)}。`,
  ],
  [/^`(.*)` is not a known business/, '没有“$1”这种导入。'],
];

/** What a value of a condition must be. */
const VALUES: Sayings = [
  [/whole number/, '请填写整数，例如 1200。'],
  [/decimal number/, '请填写数字，例如 12.50。'],
  [/between (\S+) and (\S+)$/, '请填写 $1 至 $2 之间的数字。'],
  [/no day of the calendar|must be a date/, '请填写存在的日期。'],
  [/e-mail/, '请填写完整的邮箱地址。'],
  [/phone number/, '请填写完整的电话号码。'],
  [/at most (\d+) characters/, '最多 $1 个字符。'],
  [/one of: (.+)$/, ([all]) => `请填写以下之一：${all?.split(', ').join('、')}。`],
];

function first(said: Sayings, text: string, called: Called): string | null {
  for (const [pattern, words] of said) {
    const found = pattern.exec(text);
    if (found) {
      return typeof words === 'string'
        ? words.replace(/\$(\d)/g, (_, group) => found[group] ?? '')
        : words(found.slice(1), called);
    }
  }
  return null;
}

/** What an export is told that would be short, or whose file could not be made. */
const SHORT: Sayings = [
  [/^the plan of the export/, '导出计划已丢失'],
  [/^segment (\d+) has no marker/, '第 $1 段没有写入记录'],
  [/^segment (\d+) is not what/, '第 $1 段与它的写入记录不符'],
  [/^the object of segment (\d+) is gone/, '第 $1 段的数据丢失或被替换'],
  [/^the object of segment (\d+) has (\d+) bytes, and (\d+)/, '第 $1 段有 $2 字节，应为 $3 字节'],
  [/^the content of segment (\d+)/, '第 $1 段的内容与写入的不同'],
  [/^the joined file/, '合并后的文件与各段不符'],
];

const LOST: Sayings = [
  [/^the columns of `.*` have changed/, '导出开始后列有变动，请重新导出'],
  [/^the rows of the segment took too long/, '读取这一段花的时间过长'],
  [
    /^column `(.*)` of the row with the key `(.*)` holds/,
    ([column, row], called) => `主键为“${row}”的行，列 ${called(column ?? '')}中有无法识别的值`,
  ],
  [/^a fault on our side/, '系统故障，详情见日志'],
];

const EXPORTS: Sayings = [
  [/^cancelled$/, '已取消。'],
  [/^the rows take longer to be joined/, '数据太多，来不及合并成一个文件。请用条件减少导出的行。'],
  [
    /^the rows are too many for a workbook/,
    '数据太多，放不进一个 Excel 工作簿。请导出为 CSV，或者减少行或列。',
  ],
  [/^the workbook cannot be written: (.+)$/, '无法写入 Excel 工作簿（$1）。'],
  [
    /^the export would be short, so there is no file: (.+)$/,
    ([why], called) => {
      const said = first(SHORT, why ?? '', called);
      return `导出的数据不完整，因此没有生成文件${said ? `：${said}` : ''}。请重试。`;
    },
  ],
  [
    /^a value of the column `(.*)` in row (\d+) has more than (\d+) characters/,
    ([column, row, most], called) =>
      `第 ${row} 行的列 ${called(column ?? '')}超过 ${most} 个字符，单元格放不下：请改为导出 CSV。`,
  ],
  [
    /^the (file could not be read|task could not be begun), again/,
    '多次尝试仍未能读取，请稍后重试。',
  ],
  [/^the (file|result) could not be made, again/, '多次尝试仍无法生成文件，请稍后重试。'],
  [
    /^(\d+) of (\d+) chunks \w+ not exported: (.+)$/,
    ([lost, all, why], called) => {
      const said = first(LOST, why ?? '', called);
      return `${all} 个部分中有 ${lost} 个没有导出，因此没有生成文件${said ? `：${said}` : ''}。`;
    },
  ],
  [
    /^(the columns of `.*` have changed since the export began.*)$/,
    ([why], called) => `${first(LOST, why ?? '', called)}。`,
  ],
  [
    /^(?:the rows of `.*` are in no table|business: the rows of `.*` are sent to an endpoint)/,
    '这项业务的数据不存放在本系统的表中，无法导出。',
  ],
  [
    /^`(.*)` is sensitive/,
    ([column], called) =>
      `${called(column ?? '')}是敏感列：导出它或按它筛选，需要带有 data:export 权限的令牌。`,
  ],
  [
    /^filter: column `(.*)`: `from` must not be larger/,
    ([column], called) => `${called(column ?? '')}的条件：起始值不能大于结束值，且至少填写一个。`,
  ],
  [
    /^filter: column `([^`]*)`: (.+)$/,
    ([column, problem], called) => {
      const said = first(VALUES, problem ?? '', called) ?? `值不符合要求（${problem}）。`;
      return `${called(column ?? '')}的条件：${said}`;
    },
  ],
];

const tasks = (text: string) => (text.match(/\d+/g) ?? []).join('、');

/** Why an import is not undone, or not as a whole. */
const UNDOS: Sayings = [
  [
    /^(\d+) of (\d+) rows \w+ changed since .+ imported, and stay/,
    '$2 行中有 $1 行在导入后改动过，已原样保留：请查看“保留的行”文件。',
  ],
  [
    /^(\d+) of (\d+) rows \w+ changed since .+ imported, and would stay/,
    '$2 行中有 $1 行在导入后改动过，撤销时会保留：请查看“保留的行”文件。',
  ],
  [
    /^task (\d+) has stored (\d+) rows by its books, and (\d+) were found/,
    '任务 $1 记录导入了 $2 行，但找到 $3 行。',
  ],
  [/^task (\d+) is not there any more/, '任务 $1 已不存在。'],
  [/^task (\d+) is undone, by task (\d+)/, '任务 $1 已由任务 $2 撤销。'],
  [/^task (\d+) is being undone, by task (\d+)/, '任务 $1 正由任务 $2 撤销。'],
  [/^task (\d+) has undone task (\d+) in part/, '任务 $1 已部分撤销任务 $2：请重试任务 $1。'],
  [
    /^task (\d+) has changed since it was to be undone/,
    '任务 $1 在请求撤销后有变化：请查看后再次撤销。',
  ],
  [/^task (\d+) is .+: cancel it, or wait/, '任务 $1 尚未结束：请取消它，或等它结束。'],
  [/^task (\d+) was a dry run/, '任务 $1 只是检查，没有导入数据，无需撤销。'],
  [/^task (\d+) stored no rows/, '任务 $1 没有导入任何行，无需撤销。'],
  [/^task (\d+) is `.*`: only imports/, '任务 $1 不是文件导入，无法撤销。'],
  [
    /^task (\d+) replaced stored rows and kept no copies/,
    '任务 $1 替换了已有的行，但没有保留原内容，无法撤销：导入时需选择“保留被替换的行”。',
  ],
  [
    /^corrected files continue task (\d+): undo tasks? (.+) first/,
    ([task, files]) => `任务 ${task} 有更正文件：请先撤销任务 ${tasks(files ?? '')}。`,
  ],
  [/^corrected files continue task (\d+) of which/, '任务 $1 的更正文件没有全部记录，无法撤销。'],
  [
    /^a worker may still be busy with task (\d+): ask again in (\d+) seconds/,
    '任务 $1 可能仍有数据在写入：请在 $2 秒后重试。',
  ],
  [
    /^the (?:file|plan) of task (\d+) is not there any more/,
    '任务 $1 的文件已过保存期限，无法得知它导入了什么，因此无法撤销。',
  ],
  [
    /^the rows of task (\d+) were sent to the .+, which alone/,
    '任务 $1 的数据已发送到其他系统，只能在那里撤销。',
  ],
  [/^the input of task (\d+) cannot be read/, '任务 $1 的内容无法读取。'],
  [/^there is no definition of `(.*)` /, '本版本没有业务“$1”的定义。'],
  [
    /^rows were skipped by a release that did not note/,
    '旧版本导入时没有记录跳过了哪些行，无法撤销。',
  ],
];

/** The sentence in Chinese; null where it is not known. */
export function reasonInChinese(sentence: string, called: Called): string | null {
  const kind = /^this is (.+?); /.exec(sentence)?.[1];
  const known = kind === undefined ? undefined : KINDS[kind];
  if (known) return `这是${known[0]}：${ADVICE[known[1]] ?? known[1]}`;
  return (
    first(SENTENCES, sentence, called) ??
    first(EXPORTS, sentence, called) ??
    first(UNDOS, sentence, called) ??
    first(MAILS, sentence, called) ??
    first(SCORES, sentence, called) ??
    first(STATION, sentence, called) ??
    ofTask(sentence, called)
  );
}

/** What a schedule's task is refused with: the same as the task itself. */
function ofTask(sentence: string, called: Called): string | null {
  const inner = /^task: (?:business: )?(.+)$/.exec(sentence)?.[1];
  return inner ? reasonInChinese(inner, called) : null;
}
