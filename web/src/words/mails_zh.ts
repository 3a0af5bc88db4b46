// What the console says about e-mails, in Chinese.

import type { Format } from './format';
import type { mailsInEnglish } from './mails_en';

export const mailsInChinese = (f: Format): ReturnType<typeof mailsInEnglish> => ({
  name: (template) => `邮件：${template}`,
  business: '邮件',
  recipients: '收件人',
  outcomes: {
    sent: '已发送',
    failed: '失败',
    suppressed: '已屏蔽',
    duplicate: '重复',
    unknown: '未知',
  },
  meanings: {
    sent: 'SES 已接收邮件。',
    failed: '没有发送邮件。',
    suppressed: '该地址在不接收邮件的名单中。',
    duplicate: '该地址在收件人中出现不止一次，只收到一封邮件。',
    unknown: 'SES 没有应答，也没有事件表明邮件是否已发送。',
  },
  title: '邮件发送结果',
  outcome: '结果',
  all: '全部收件人',
  sending: '发送内容',
  template: '模板',
  version: (n) => `版本 ${f.number(n)}`,
  audience: '收件范围',
  addresses: (n) => `${f.number(n)} 个指定地址`,
  rows: (business, conditions) =>
    conditions > 0 ? `${business}中符合 ${f.number(conditions)} 个条件的行` : `${business}的所有行`,
  created: (id) => `任务 ${id} 导入的新会员`,
  from: '发件人名称',
  replyTo: '回复地址',
  onUnknown: '不确定邮件是否已发送时',
  unknownWays: {
    hold: '不再发送',
    resend: '重新发送：有人可能收到两封',
  },
  list: '下载未发送名单',
  listHint: (n) => `CSV 文件，包含 ${f.number(n)} 个地址和原因。`,
  listDenied: '未发送名单包含敏感的地址：下载它需要带有 data:export 权限的令牌。',
  of: (id) => `发送给任务 ${id} 导入的新会员`,
  restsUntil: (time) => `将在 ${time} 自动继续。`,
  waiting: {
    splitter: '马上开始。',
    room: '本站点的其他任务先运行。',
    splitting: '正在确定收件人。',
    resume: '已暂停，等待有人继续。',
    chunks: '正在发送邮件。',
    finisher: '邮件已全部发送，正在生成未发送名单。',
  },
  goesOn: '暂缓中，将自动继续。',
  running: '正在发送',
  tell: {
    label: '给新会员发送邮件',
    hint: (template, language) =>
      `导入结束后，向这次新建的会员发送模板“${template}”（${language}）。`,
    overwrites: '替换已有行的导入无法得知哪些会员是新的。',
  },
  cancelSure: '取消这次发送吗？已发送的邮件无法收回；重试会发送给还没有收到的人。',
});
