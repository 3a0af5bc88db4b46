// What the console says about schedules and about messages to webhooks, in Chinese.

import type { Format } from './format';
import type { deliveriesInEnglish, schedulesInEnglish } from './station_en';

export const schedulesInChinese = (f: Format): ReturnType<typeof schedulesInEnglish> => ({
  title: '定时任务',
  hint: '定时任务会反复启动同一种任务。',
  none: '还没有定时任务',
  add: '新建定时任务',
  most: (n) => `本站点已有 ${f.number(n)} 个定时任务，已达上限。请先删除一个。`,
  newTitle: '新建定时任务',
  changeTitle: (name) => `修改“${name}”`,
  name: '名称',
  nameHint: '小写字母、数字、- 和 _，最多 32 个。',
  nameWrong: '名称由 1 至 32 个小写字母、数字、- 或 _ 组成。',
  nameTaken: '已有同名的定时任务。请换一个名称，或修改原有的任务。',
  kind: '启动什么？',
  kinds: {
    export: '导出',
    import: '导入',
    orders: '导出订单',
    mail: '群发邮件',
    evaluate: '评定',
    reconcile: '核对',
    add: '服务的任务',
  },
  business: '业务',
  format: '格式',
  keeps: '它的列和条件保持不变。',
  body: '任务（JSON）',
  bodyHint: (kind) => `接口定时任务中的“${kind}”，不含 user_task_id 和 start_at。`,
  bodyWrong: '这不是 JSON 对象。请检查引号、逗号和大括号。',
  time: '时间',
  timeWrong: '请选择时间，例如 02:30。',
  zone: '时区',
  zoneHint: '留空则使用本站点的时区。',
  weekdays: '只在星期几',
  days: '只在每月几日',
  daysHint: '例如 1-7, 15, 最后一天。留空表示每天。',
  daysWrong: '请填写 1 至 31 之间的日期，或“最后一天”，用逗号分隔：1-7, 15, 最后一天。',
  months: '只在这些月份',
  missed: '如果错过超过 15 分钟',
  missedWays: { once: '尽快补一次', never: '不再补' },
  rights: '它以最后保存者的权限运行。',
  save: '保存',
  cancel: '放弃修改',
  on: '已启用',
  off: '已停用',
  next: '下次运行',
  last: '上次运行',
  noNext: '停用期间不运行',
  noLast: '还没有运行过',
  failed: (at) => `${at}：没有启动任务。`,
  setBy: '设置人',
  change: '修改',
  enable: '启用',
  disable: '停用',
  delete: '删除',
  deleteSure: '删除这个定时任务吗？已启动的任务会继续。',
  deleteYes: '确定删除',
  deleteNo: '不删除',
  export: (business, format) => `导出${business}，${format}`,
  service: (name, business) => `任务“${name}”：${business}`,
  conditions: (n) => `${f.number(n)} 个条件`,
  columns: (n) => `${f.number(n)} 列`,
  when: {
    last: '最后一天',
    list: (names) => names.join('、'),
    sentence: (days, weekdays, months, time) => {
      const where = months || '每月';
      if (days && weekdays)
        return `${where}的 ${days} 日中的${weekdays}，${time}`.replace('天 日', '天');
      if (days) return `${where} ${days} 日，${time}`.replace('天 日', '天');
      if (weekdays) return `${months ? `${months}的每个` : '每'}${weekdays}，${time}`;
      return `${months ? `${months}的每天` : '每天'}，${time}`;
    },
  },
});

export const deliveriesInChinese = (f: Format): ReturnType<typeof deliveriesInEnglish> => ({
  title: 'Webhook 消息',
  hint: '发送给本站点各 Webhook 的消息，最新的在前，保留 30 天。',
  state: '状态',
  all: '全部',
  states: { pending: '等待发送', delivered: '已送达', failed: '未送达' },
  none: '还没有消息',
  noneHint: '消息发送过一次后才会列出。Webhook 用 PUT /station/config 设置。',
  noneSo: '没有这种状态的消息。',
  types: {
    'task.finished': '任务已完成',
    'task.partly_succeeded': '任务部分完成',
    'task.failed': '任务失败',
  },
  to: (webhook) => `发送给 ${webhook}`,
  tries: (n) => `已发送 ${f.number(n)} 次`,
  tried: (at) => `最近一次 ${at}`,
  next: (at) => `下次发送 ${at}`,
  status: (n) => `对方返回状态 ${n}。`,
  resend: '重新发送',
});
