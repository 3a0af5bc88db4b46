// What the console says about templates, about telling new members and about suppressed addresses, in Chinese.

import type { Format } from './format';
import type {
  suppressionsInEnglish,
  tellingInEnglish,
  templatesInEnglish,
} from './mail_settings_en';

export const templatesInChinese = (f: Format): ReturnType<typeof templatesInEnglish> => ({
  title: '邮件模板',
  hint: '每次修改都会生成新版本，发送时使用最新版本。',
  none: '还没有模板。',
  add: '新建模板',
  newTitle: '新建模板',
  changeTitle: (name, language) => `修改“${name}”（${language}）`,
  name: '名称',
  nameHint: '小写字母、数字、- 和 _，最多 64 个。',
  nameWrong: '名称由 1 至 64 个小写字母、数字、- 或 _ 组成。',
  language: '语言',
  languageHint: '例如 en、zh-CN 或 zh-Hant-TW。',
  languageWrong: '请按 en、zh-CN 或 zh-Hant-TW 的形式填写语言。',
  subject: '主题',
  text: '纯文本',
  html: 'HTML 内容',
  noBody: '请填写纯文本、HTML 或两者。',
  syntax:
    '变量写作 {{ name }}；可能缺少的变量用 {% if name is defined %} … {% endif %} 判断。HTML 中的值会转义。',
  sample: '示例值',
  sampleHint: '预览使用这些值；模板能用它们填充才会保存。',
  missing: '可能缺少',
  version: '版本',
  latest: (n) => `${f.number(n)}（最新）`,
  older: (n) => `这是版本 ${f.number(n)} 的内容。保存后会成为最新版本。`,
  changed: '最近修改',
  change: '修改',
  save: '保存为新版本',
  cancel: '放弃修改',
  stale: '其他人已修改这个模板，没有保存任何内容。',
  reload: '显示最新版本，放弃我的修改',
  preview: '预览',
  previewEmpty: '填写纯文本或 HTML 后即可预览。',
  frame: '邮件的 HTML 内容',
  pictures: '预览中不加载图片，也不能打开链接。',
});

export const tellingInChinese = (): ReturnType<typeof tellingInEnglish> => ({
  title: '给新会员的邮件',
  hint: '设置模板后，导入页面可选择给这次导入新建的会员发送邮件。',
  templateHint: '留空则不发送。',
  save: '保存',
});

export const suppressionsInChinese = (): ReturnType<typeof suppressionsInEnglish> => ({
  title: '不接收邮件的地址',
  hint: '邮件被永久退回，或者收件人投诉、退订后，地址会加入此名单。',
  none: '没有地址。',
  address: '邮箱地址',
  reason: '原因',
  since: '加入时间',
  add: '加入名单',
  reasons: {
    bounce: '邮件被退回',
    complaint: '收件人投诉',
    unsubscribed: '收件人退订',
    manual: '由本站点加入',
  },
  release: '移出名单',
  sure: '重新向这个地址发送邮件吗？',
  yes: '确定移出',
  no: '不移出',
});
