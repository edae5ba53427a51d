const day = Math.floor(Date.now() / 86_400_000)

/**
 * The members of a list that are tested today: one of `days`. Within that many days, all are; `npm run prove -- daily` tests all at
 * once, with `DAILY=all`.
 */
export const todays = <Member>(list: readonly Member[], days: number): readonly Member[] =>
  process.env.DAILY === 'all' ? list : list.filter((_, at) => at % days === day % days)
