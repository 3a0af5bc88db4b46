// Why a schedule is not set, or a message is not sent again, in Chinese, by the API's sentence: those of
// shared/core/src/schedule, and of functions/station/src.

export const STATION: [RegExp, (found: string[]) => string][] = [
  [/^the name of a schedule has 1 to 32/, () => '名称由 1 至 32 个小写字母、数字、- 或 _ 组成。'],
  [/^when\.time: /, () => '请填写 00:00 至 23:59 之间的时间，例如 02:30。'],
  [/^when\.months: /, () => '请选择 1 至 12 月。'],
  [/^when\.days: /, () => '请填写 1 至 31 之间的日期，或最后一天。'],
  [/^when\.\w+: name at least one/, () => '请至少选择一个，或全部不选。'],
  [
    /^when: this schedule never fires/,
    () => '所选的月份里没有这样的日期，永远不会运行：请调整日期。',
  ],
  [/^time_zone: /, () => '没有这个时区，请从列表中选择，例如 Asia/Shanghai。'],
  [
    /^the station has (\d+) schedules/,
    ([most]) => `本站点已有 ${most} 个定时任务，已达上限：请先删除一个。`,
  ],
  [/^task: leave out (\S+): /, ([field]) => `请去掉 ${field}：它由定时任务为每次运行设置。`],
  [
    /^task: (\d+) bytes of JSON, at most (\d+)/,
    ([has, most]) => `任务的 JSON 有 ${has} 字节，最多 ${most} 字节。`,
  ],
  [/^there is no such schedule/, () => '这个定时任务已不存在。'],
  [/^there is no such delivery/, () => '这条消息已不存在。'],
  [
    /^the webhook `(.*)` was removed or disabled/,
    ([name]) => `Webhook“${name}”已移除或停用：请先重新设置。`,
  ],
];
