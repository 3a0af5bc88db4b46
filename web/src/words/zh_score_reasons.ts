// Why scores are not evaluated, reconciled or shown, in Chinese, by the API's sentence: those of
// domain/task/src/reason/table.rs and domain/scores/src.

/** A month such as `2026-01`, as people write it. */
const month = (text = '') => text.replace(/^(\d+)-0?(\d+)$/, '$1年$2月');

import type { Sayings } from './sayings';

export const SCORES: Sayings = [
  [
    /^an evaluation of (\S+) is running as task (\d+)/,
    ([period, task]) => `${month(period)}的评定正在进行（任务 ${task}）：请等它结束，或取消它。`,
  ],
  [
    /^the evaluation of (\S+) is not finished: retry task (\d+)/,
    ([period, task]) =>
      `${month(period)}的评定还没有完成：请先重试任务 ${task}，或重新评定那个月，再评定之后的月份。`,
  ],
  [
    /^(\S+) was evaluated since, as task (\d+)/,
    ([period, task]) =>
      `${month(period)}已经评定过（任务 ${task}），等级已随之变动：更早的月份不能再评定。`,
  ],
  [/^another evaluation has begun since/, '之后又开始了另一次评定：请重新评定这个月。'],
  [/^the decisions of a segment have more than (\d+) bytes/, '一段会员的评定明细超过 $1 字节。'],
  [
    /^(\d+) entries lie where an earlier release stored them/,
    '$1 条旧版本的积分记录没有计入任何合计：请重新导入这些记录，并删除旧的。',
  ],
  [
    /^the numbers of members are not stored in one order/,
    '有会员号含有排在 # 之前的字符，会员号的顺序不一致，无法处理。',
  ],
  [/^period: (\S+) is in the future/, ([period]) => `${month(period)}还没有开始，无法评定。`],
  [
    /^period: (\S+) has not ended yet/,
    ([period]) => `按本站点的时区，${month(period)}还没有结束：现在只能试算。`,
  ],
  [/^to: (\S+) comes before from: (\S+)/, '截止月份早于起始月份：请调整月份。'],
  [/^from (\S+) to (\S+) are more than (\d+) months/, (f) => `一次最多 ${f[2]} 个月：请缩短期间。`],
  [/^there is no such member in this station, and no entry/, '没有这个会员号的积分记录。'],
  [/^there is no such member in this station/, '本站点没有这个会员。'],
];
