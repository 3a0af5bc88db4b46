// Why a schedule is not set, or a message is not sent again, in Chinese, by the API's sentence: those of
// domain/schedules/src, and of functions/station/src.

import type { Sayings } from './sayings';

export const STATION: Sayings = [
  [/^the name of a schedule has 1 to 32/, '名称由 1 至 32 个小写字母、数字、- 或 _ 组成。'],
  [/^when\.time: /, '请填写 00:00 至 23:59 之间的时间，例如 02:30。'],
  [/^when\.months: /, '请选择 1 至 12 月。'],
  [/^when\.days: /, '请填写 1 至 31 之间的日期，或最后一天。'],
  [/^when\.\w+: name at least one/, '请至少选择一个，或全部不选。'],
  [/^when: this schedule never fires/, '所选的月份里没有这样的日期，永远不会运行：请调整日期。'],
  [/^time_zone: /, '没有这个时区，请从列表中选择，例如 Asia/Shanghai。'],
  [/^the station has (\d+) schedules/, '本站点已有 $1 个定时任务，已达上限：请先删除一个。'],
  [/^task: (?:leave out )?(\S+): (?:the (?:sch|rows)|leave)/, '定时任务不支持 $1：请去掉。'],
  [/^task: (\d+) bytes of JSON, at most (\d+)/, '任务的 JSON 有 $1 字节，最多 $2 字节。'],
  [/^task: months: 1 to (\d+)/, '月数须在 1 至 $1 之间。'],
  [/^task: object_key: .*(inbox\S+)/, '文件须放在 $1。'],
  [/^task: audience: send business/, '请按业务（可加条件）或名单选择收件人。'],
  [/^task: (format|template|reply_to): (.+)$/, '$1 有误（$2）。'],
  [/^there is no file (.+)$/, '没有文件 $1。'],
  [/^the schedule's task cannot be read/, '请重新设置这个定时任务。'],
  [/^there is no such schedule/, '这个定时任务已不存在。'],
  [/^there is no such delivery/, '这条消息已不存在。'],
  [/^the webhook `(.*)` was removed or disabled/, 'Webhook“$1”已移除或停用：请先重新设置。'],
];
