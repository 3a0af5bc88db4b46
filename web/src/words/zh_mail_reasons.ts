// Why e-mails are not sent, in Chinese, by the API's sentence: those of domain/task/src/reason/table.rs.

import type { Sayings } from './sayings';

/** The parts of a template. */
const PARTS: Record<string, string> = { subject: '主题', text: '纯文本', html: 'HTML' };
const part = (name = '') => PARTS[name] ?? name;

/** What SES and the engine say of chunks that were not sent is in English. */
export const MAILS: Sayings = [
  [
    /^(\d+) of (\d+) recipients \w+ not sent to or may not have been \((\d+) failed, (\d+) unknown\)/,
    '$2 个收件人中有 $1 个没有发送或不确定是否已发送（失败 $3，未知 $4）：请查看未发送名单。',
  ],
  [/^SES does not send it: (.+)$/, 'SES 拒绝发送（$1）。'],
  [
    /^SES sends nothing for this account now/,
    'SES 目前不为此账户发送邮件：请在 SES 中查看账户状态。',
  ],
  [
    /^SES sends no more e-mails for this account today/,
    '此账户今天的 SES 发送额度已用完：将自动继续。',
  ],
  [/^SES is too busy/, 'SES 繁忙：五分钟后自动继续。'],
  [
    /^nobody is in the audience: no row that meets the filter/,
    '没有收件人：符合条件的行都没有邮箱地址。',
  ],
  [/^nobody is in the audience: the list has no rows/, '没有收件人：名单中没有行。'],
  [/^the list (\S+) is not there/, '名单 $1 不存在或为空。'],
  [/^the list (\S+) has more than (\d+) bytes/, '名单 $1 超过 $2 字节。'],
  [/^the list cannot be sent to: (.+)$/, '名单有误，没有发送（$1）。'],
  [
    /^nobody is in the audience: no row that the import has created/,
    '没有收件人：这次导入新建的、尚未通知的行都没有邮箱地址。',
  ],
  [
    /^the mailing began more than (\d+) days ago/,
    '这次发送开始于 $1 多天前，不再继续：请为没有收到的人重新发送。',
  ],
  [/^what the mailing froze when it began/, '开始时确定的收件人已不存在：请重新发送。'],
  [/^a mailing has at most (\d+) recipients/, '一次最多发送给 $1 个收件人：请用条件减少收件人。'],
  [/^the template (\S+) in (\S+) is gone/, '模板“$1”（$2）已不存在。'],
  [
    /^the columns of `(.*)` have changed since the mailing/,
    '请求发送后，业务的列有变动：请重新发送。',
  ],
  [
    /^`(.*)` has no column for a mailing: (.+)$/,
    ([, column], called) => `业务缺少发送邮件所需的列：${called(column ?? '')}。`,
  ],
  [
    /^the row with the key `(.*)` has a value that no e-mail can have/,
    '主键为“$1”的行中有邮件无法使用的值。',
  ],
  [
    /^(?:options\.notify: )?this system sends no e-mails/,
    '本系统没有设置发件地址，不能发送邮件：请联系管理员。',
  ],
  [
    /^(?:\S+: )?the rows of `(.*)` are sent to an endpoint and stored in no table/,
    '这项业务的数据不存放在本系统的表中，不能发送邮件。',
  ],
  [
    /^(?:\S+: )?`(.*)` has no column with e-mail addresses/,
    '这项业务没有邮箱地址列，不能发送邮件。',
  ],
  [
    /^(?:\S+: )?an import that overwrites does not know/,
    '替换已有行的导入无法得知哪些会员是新的，不能发送邮件：请选择另一种处理已有行的方式。',
  ],
  [
    /^options\.notify: the station's configuration does not say what is sent/,
    '本站点没有设置给新会员发送的邮件：请在设置中填写。',
  ],
  [/^(?:\S+: )?there is no template (\S+) in (\S+)/, '没有模板“$1”（$2）。'],
  [
    /^(?:\S+: )?(?:the template \S+ in \S+: )?`(.*)` has no column (.+), which the template needs/,
    ([, names]) => `模板需要的变量不是业务的列：${names?.split(', ').join('、')}。`,
  ],
  [/^a template's name has/, '名称由 1 至 64 个小写字母、数字、- 或 _ 组成。'],
  [/^a language is written as/, '请按 en、zh-CN 或 zh-Hant-TW 的形式填写语言。'],
  [/^a template has a text, HTML or both/, '请填写纯文本、HTML 或两者。'],
  [/^(?:sample: )?(subject|text|html): is empty$/, ([name]) => `${part(name)}是空的，请填写。`],
  [
    /^(?:sample: )?(subject|text|html): has more than (.+)$/,
    ([name, most]) => `${part(name)}过长，上限为 ${most}。`,
  ],
  [/^subject: has a line break/, '主题中有换行或其他控制字符，请删除。'],
  [
    /^sample: has no value for (.+?): give/,
    ([names]) => `请为变量 ${names?.split(', ').join('、')} 填写示例值，或标明可能缺少。`,
  ],
  [
    /^(?:sample: )?(subject|text|html), line (\d+): (.+?) (?:has|have|may have) no value$/,
    ([name, line, names]) =>
      `${part(name)}第 ${line} 行的变量没有值（${names}）：请填写示例值，或用 {% if … is defined %} 判断。`,
  ],
  [
    /^(?:sample: )?(subject|text|html), line (\d+): (.+)$/,
    ([name, line, problem]) => `${part(name)}第 ${line} 行有误（${problem}）。`,
  ],
  [
    /^(?:sample: )?(subject|text|html): is too long once/,
    ([name]) => `${part(name)}填入值后过长。`,
  ],
  [/^(?:sample: )?subject: is empty once/, '主题填入值后是空的。'],
  [/^there is a template (\S+) in (\S+) already/, '已有模板“$1”（$2）：请修改它，或换一个名称。'],
  [
    /^this station already has (\d+) templates/,
    '本站点已有 $1 个模板，已达上限：请修改已有的模板。',
  ],
  [/^(?:address|notify\.reply_to): must be an e-mail/, '请填写完整的邮箱地址。'],
];
