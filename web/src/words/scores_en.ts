// What the console says about scores, in English.

import type { Format } from './format';

export const scoresInEnglish = (
  f: Format,
  count: (n: number, one: string, many?: string) => string,
) => ({
  title: 'Scores',
  memberNo: 'Member number',
  from: 'First month',
  to: 'Last month',
  find: 'Show scores',
  ranges: {
    blank: 'Choose a month, such as 2026-01.',
    backwards: 'The first month comes after the last one: choose an earlier month, or swap them.',
    long: 'At most 36 months at a time: choose a later first month.',
  },
  nobody: (member: string) => `No scores of “${member}”`,
  nobodyHint: 'No member of this station has this number, and no score entry. Check the number.',
  of: (member: string) => `Scores of ${member}`,
  rolling: (from: string, to: string) => `Points from ${from} to ${to}`,
  rollingEntries: 'Entries in these three months',
  lag: 'Sums follow their entries by some seconds.',
  given: 'Tiers, coupons and rewards',
  nothingGiven: 'Evaluations have given nothing to this member in the last 36 months.',
  noMember: 'No member has this number. Only its score entries are there.',
  what: 'What',
  counted: 'Points counted',
  when: 'Given',
  coupon: (coupon: string) => `Coupon ${coupon}`,
  reward: (points: string) => `Reward of ${points} points`,
  evaluateTitle: 'Evaluate a month',
  evaluateHint:
    'Decides about the tier, coupons and rewards of every member of the station by the points of the month and the months before it.',
  dryRun: 'Dry run: only show what would be done',
  evaluateDry: 'Start the dry run',
  evaluate: 'Evaluate',
  evaluateSure: (month: string) =>
    `Evaluate ${month}? Tiers change, and coupons and rewards are given. What is given is not taken back.`,
  evaluateYes: 'Yes, evaluate it',
  evaluateNo: 'No, leave it',
  reconcileTitle: 'Reconcile sums',
  reconcileHint:
    'Compares the sums of every member of the station with the score entries, and corrects sums that are wrong.',
  reconcile: 'Reconcile',
  evaluation: (month: string, isDry: boolean) =>
    isDry ? `Evaluation of ${month}, dry run` : `Evaluation of ${month}`,
  reconciliation: (from: string, to: string) =>
    from === to ? `Reconciliation of ${from}` : `Reconciliation of ${from} to ${to}`,
  members: 'Members',
  entries: 'Entries',
  points: 'Points',
  month: 'Month',
  member: 'Member',
  waiting: {
    splitter: 'It begins in a moment.',
    room: 'Other tasks of this station run first.',
    splitting: 'The work is being divided.',
    chunks: 'Members and their entries are being read.',
    finisher: 'All members are done; the result is being made.',
  } as Record<string, string>,
  running: 'being worked on',
  cancelEvaluation:
    'Cancel this evaluation? What members were given already stays given; a retry goes on.',
  cancelReconciliation: 'Cancel this reconciliation? Sums that were corrected stay corrected.',
  result: {
    title: 'What was decided',
    wouldTitle: 'What would be decided',
    dryRuns: 'This is a dry run: it only decides. No tier is changed and nothing is given.',
    dryRun: 'This was a dry run: no tier was changed and nothing was given.',
    again:
      'This month was evaluated before. What members were given then stays, and is counted here, too.',
    window: 'Points from',
    range: (from: string, to: string) => `${from} to ${to}`,
    changed: 'Tier changes',
    coupons: 'Coupons',
    rewards: 'Rewards',
    withoutMember: (n: number) =>
      `${count(n, 'member number')} ${n === 1 ? 'has' : 'have'} points but no member.`,
    corrected: (n: number) => `Wrong sums that were corrected first: ${f.number(n)}.`,
    byTier: 'Members by tier',
    tier: 'Tier',
    noTier: 'no tier',
    changes: 'Changes of tiers',
    change: 'Change',
    byRule: 'Why members have their tier',
    rule: 'Rule',
    why: 'Reason',
    rules: {
      first: 'First evaluation',
      upgraded: 'Upgraded',
      kept: 'Kept: the points reach it',
      grace: 'Kept for now: grace period',
      downgraded: 'Downgraded',
      floor: 'Kept: no tier falls further',
      never_lower: 'Kept: tiers never fall',
      opted_out: 'Opted out',
    } as Record<string, string>,
    none: 'None.',
    noLonger: 'No longer earned',
    noLongerHint:
      'An earlier evaluation of the month gave this. By the points of now it would not be given. It is not taken back.',
    file: 'Download all decisions',
    fileHint: (size: string) =>
      `A line of JSON for each member, with its points, tiers and reason (${size}).`,
  },
  proof: {
    title: 'Sums and entries',
    equal: 'All sums match their entries.',
    differences: (n: number) => `Wrong sums that are corrected now: ${f.number(n)}.`,
    found: 'In the entries',
    kept: 'In the sums, before',
    where: 'Where they differed',
    brackets: 'Points, with the number of entries in brackets.',
    segments: (n: number, all: number) =>
      `In ${f.number(n)} of ${f.number(all)} segments something differed.`,
    examples: (n: number, all: number) =>
      n < all ? `${f.number(n)} of ${f.number(all)} differences are shown.` : '',
  },
});
