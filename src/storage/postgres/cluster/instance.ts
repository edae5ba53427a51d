import { randomUUID } from 'node:crypto'
import type { Statements } from '../connect.ts'
import { ConnectionLostError } from '../connection.ts'
import { checkUsable } from '../migrations.ts'
import { prepared } from '../statement.ts'
import { type Epoch, hasEpoch, lastEpochColumns, noEpoch, type Register } from './held-rows.ts'
import { type Bulletin, coalesce, type HintTopic } from './hints.ts'
import { type ClusterLeader, leaseNames, unknownHolder } from './leader.ts'
import { createSharedClock } from './shared-clock.ts'

/** Milliseconds. */
export type ClusterTimes = {
  /** An instance that could not renew its lease for this long serves no requests. */
  readonly lease: number
  readonly renewal: number
  readonly poll: number
}

export const defaultTimes: ClusterTimes = { lease: 2000, renewal: 500, poll: 250 }

type InstanceOptions = {
  readonly statements: Statements
  readonly register: Register
  readonly leader: Pick<ClusterLeader, 'term' | 'renewed' | 'restart' | 'look'>
  readonly bulletin: Pick<Bulletin<unknown>, 'readUntil' | 'renewed'>
  readonly onNews: (topic: HintTopic) => void
  readonly isHinted: () => boolean
  readonly times: ClusterTimes
  readonly migration: string
  /** Milliseconds since any moment. */
  readonly monotonic: () => number
  /** Called when held rows cannot be read although the database is there; once until they can. */
  readonly onError: (error: unknown) => void
  readonly onOutage: () => void
  /**
   * Called when the database may lack commits that this instance knows: it lacks a change of held rows, was restarted, or another
   * server has taken over. All held rows were read again.
   */
  readonly onLostCommits: () => void
}

/** Milliseconds. Statements under way may have been lost without a notice. */
const outage = 10_000

const milliseconds = (parameter: string) => `${parameter}::double precision * interval '1 ms'`

const databaseTime = 'extract(epoch from clock_timestamp()) * 1000'

/** The row of instances that served before the table was emptied. Changes wait for it as long as they may still serve. */
const unknownInstance = 'unknown'

// A crash of the database and a failover empty the tables `leases` and `instances`. Rows are missing only then.
// Nothing is known to have been seen until all rows are read.
const enter = prepared(`
  with missing as (
    insert into leases (name, number, holder, until)
    select name, 0, '${unknownHolder}', clock_timestamp() + ${milliseconds('$2')} from unnest($4::text[]) as name
    on conflict (name) do nothing
    returning name),
  others as (
    insert into instances (id, started, migration, seen, until)
    select '${unknownInstance}', clock_timestamp(), $3, -1, clock_timestamp() + ${milliseconds('$2')}
    from missing where name = 'leader'
    on conflict (id) do update set until = excluded.until)
  insert into instances (id, started, migration, seen, until)
  values ($1, clock_timestamp(), $3, -1, clock_timestamp() + ${milliseconds('$2')})
  on conflict (id) do update set seen = -1, until = excluded.until`)
// A row that still exists was not given up, so no change was acknowledged without this instance. What the database lacks was not seen.
// All that an instance has to know while nothing happens: who leads, and whether one of the tables has something new.
const renew = prepared(`
  with led as (
    update leases set until = clock_timestamp() + ${milliseconds('$2')}
    where holder = $1 and exists (select 1 from leases where name = 'leader' and number = $6 and holder = $1)
    returning name)
  update instances
  set seen = case when ${hasEpoch('$3', '$4')} then greatest(seen, $3::bigint) else seen end,
    until = clock_timestamp() + ${milliseconds('$2')}, written_until = coalesce($5, written_until)
  where id = $1
  returning (select n from epochs) as number, ${hasEpoch('$3', '$4')} as "isContinued",
    extract(epoch from pg_postmaster_start_time()) as "serverStart", ${databaseTime} as now,
    exists (select 1 from led where name = 'leader') as "isLeading",
    not exists (select 1 from leases where holder <> $1 and until >= clock_timestamp()) as "isFree",
    exists (
      select 1 from bulletin where instance <> $1 and at > to_timestamp($7::double precision / 1000)) as "hasEvents",
    (select max(number) from exchange_batches) as "lastBatch",
    (select max(key) from deliveries) as "lastDelivery",
    $6::bigint >= 0 and (
      exists (select 1 from indexed_attributes where built_to is not null)
      or exists (select 1 from removed_tenants where at < clock_timestamp() - interval '1 minute')) as "hasChores"`)
const readEpoch = prepared(`select ${lastEpochColumns}, ${databaseTime} as now from epochs`)
const leave = prepared('delete from instances where id = $1')
// An instance that renews at this moment has locked its row, and stays. Without the asking row, the table was emptied.
const instancesBehind = prepared(`
  with gone as (delete from instances where seen < $1 and until < clock_timestamp() returning id)
  select ${hasEpoch('$1', '$2')} as "isKept", exists (select 1 from instances where id = $3) as "isMember", (
    select count(*) from instances
    where seen < $1 and not exists (select 1 from gone where gone.id = instances.id)) as behind`)

const joinAttempts = 5
/** Readings of the database's clock before the first request. The very first ones are slow: caches are empty. */
const initialReadings = 4

/** The delays between two looks whether all instances have seen a change. */
const waitingDelays = [1, 2, 4, 8, 15, 25]

export type Instance = {
  readonly id: string
  /** Throws if the database cannot be used. */
  join(): Promise<void>
  isServing(): boolean
  /** Milliseconds since 1970 by the database's clock. */
  now(): number
  /** How far `now` may be off, in milliseconds. */
  clockError(): number
  reportWritten(writtenUntil: () => number): void
  look(): Promise<void>
  lookOrReport(): Promise<void>
  renewNow(): Promise<void>
  everyoneHasSeen(epoch: Epoch): Promise<void>
  leave(): Promise<void>
}

type RenewalRow = {
  readonly number: number
  readonly isContinued: boolean
  /** Seconds since 1970. */
  readonly serverStart: number
  /** Milliseconds since 1970. */
  readonly now: number
  readonly isLeading: boolean
  readonly isFree: boolean
  readonly hasEvents: boolean
  readonly lastBatch: number | null
  readonly lastDelivery: number | null
  readonly hasChores: boolean
}

type BehindRow = { readonly isKept: boolean; readonly isMember: boolean; readonly behind: number }

/**
 * An instance renews its lease while it reads the changes of others. A change is acknowledged once every instance with a lease
 * has read it, and an instance without a lease serves no requests; so no request is served by what was changed before.
 */
export function createInstance({
  statements,
  register,
  leader,
  bulletin,
  onNews,
  isHinted,
  times,
  migration,
  monotonic,
  onError,
  onOutage,
  onLostCommits,
}: InstanceOptions): Instance {
  const id = randomUUID()
  const clock = createSharedClock(monotonic)
  let writtenUntil: (() => number) | undefined
  let isReportWanted = false
  let last: Pick<RenewalRow, 'lastBatch' | 'lastDelivery'> | undefined
  let servesUntil = Number.NEGATIVE_INFINITY
  let renewedAt = Number.NEGATIVE_INFINITY
  let serverStart: number | undefined
  let isMember = false
  let isStopped = false
  let timer: NodeJS.Timeout | undefined

  const isServing = () => !isStopped && monotonic() < servesUntil

  const reportNews = (row: RenewalRow) => {
    if (row.hasChores) onNews('chores')
    if (last && row.lastBatch !== last.lastBatch) onNews('journal')
    if (last && row.lastDelivery !== last.lastDelivery) onNews('deliveries')
    last = row
  }

  const renewLease = async (seen: Epoch) => {
    // Before the statement, so that this instance's lease ends no later than its row says.
    const began = monotonic()
    isReportWanted = false
    const term = leader.term()
    const [row] = await statements.query<RenewalRow>(renew, [
      id,
      times.lease,
      seen.number,
      seen.mark,
      writtenUntil?.() ?? null,
      term,
      bulletin.readUntil() ?? null,
    ])
    renewedAt = began
    if (!row) {
      leader.restart()
      return undefined
    }
    clock.add(row.now, began)
    leader.renewed({ ...row, term, began })
    bulletin.renewed(row.hasEvents, row.now)
    reportNews(row)
    return { ...row, until: began + times.lease }
  }

  const giveUp = async () => {
    isMember = false
    servesUntil = Number.NEGATIVE_INFINITY
    await statements.query(leave, [id]).catch(() => {})
  }

  /** Reading may take longer than a lease. Others wait meanwhile, but not for an instance that fails again and again. */
  const readRows = async <Result>(read: () => Promise<Result>): Promise<Result> => {
    let renewals = 0
    const keepAlive = setInterval(() => {
      renewals++
      renewLease(noEpoch).catch(() => {})
    }, times.renewal)
    try {
      return await read()
    } catch (error) {
      const endsAnyway = error instanceof ConnectionLostError && isMember && renewals === 0
      if (!endsAnyway) await giveUp()
      throw error
    } finally {
      clearInterval(keepAlive)
    }
  }

  const enterCluster = async () => {
    await statements.query(enter, [id, times.lease, migration, leaseNames])
    await readRows(async () => {
      await checkUsable(statements, migration)
      await register.readAll()
    })
    isMember = true
  }

  const readAllAgain = async () => {
    await readRows(register.readAll)
    onLostCommits()
  }
  const replaceHistory = async () => {
    servesUntil = Number.NEGATIVE_INFINITY
    await readAllAgain()
  }
  const readChanges = async () => {
    if (!(await readRows(register.readChanges))) await replaceHistory()
  }

  const catchUp = async () => {
    let hasReplaced = false
    for (;;) {
      const renewed = await renewLease(register.seen())
      if (!renewed) {
        isMember = false
        await enterCluster()
      } else if (!renewed.isContinued) {
        if (hasReplaced) throw new ConnectionLostError('The connections lead to different databases.')
        hasReplaced = true
        await replaceHistory()
        serverStart = renewed.serverStart
      } else if (renewed.number > register.seen().number) {
        await readChanges()
      } else if (serverStart !== undefined && serverStart !== renewed.serverStart) {
        await readAllAgain()
        serverStart = renewed.serverStart
      } else {
        serverStart = renewed.serverStart
        const served = isServing()
        servesUntil = renewed.until
        if (!served) leader.look()
        return
      }
    }
  }

  const isRenewalDue = () => isReportWanted || monotonic() - renewedAt >= times.renewal
  const hasChanged = async () => {
    const began = monotonic()
    const [row] = await statements.query<Epoch & { readonly now: number }>(readEpoch)
    if (row) clock.add(row.now, began)
    const { number, mark } = register.seen()
    return row !== undefined && (row.number !== number || row.mark !== mark)
  }

  const look = coalesce(async () => {
    if (isStopped) return
    if (!isMember) await enterCluster()
    else if (!isRenewalDue()) {
      if (!(await hasChanged())) return
      await readChanges()
    }
    await catchUp()
  })

  let hasFailed = false
  let isErrorReported = false
  let isOutageReported = false
  const report = (error: unknown) => {
    if (!(error instanceof ConnectionLostError)) {
      if (!isErrorReported) onError(error)
      isErrorReported = true
    } else if (!isOutageReported && monotonic() - renewedAt >= outage) {
      isOutageReported = true
      onOutage()
    }
  }
  const lookOrReport = async () => {
    try {
      await look()
      hasFailed = false
      isErrorReported = false
      isOutageReported = false
    } catch (error) {
      // Without the database, the lease ends. The next look tries again.
      hasFailed = true
      report(error)
    }
  }
  const lookAgain = () => {
    const delay = isHinted() && !hasFailed ? times.renewal : times.poll
    timer = setTimeout(async () => {
      await lookOrReport()
      if (!isStopped) lookAgain()
    }, delay)
    timer.unref()
  }

  /** Statements of an instance have to be faster than its lease, which a database that is busy at its start may not be. */
  const joinWithRetries = async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await look()
      } catch (error) {
        if (!(error instanceof ConnectionLostError) || attempt === joinAttempts) throw error
      }
    }
  }

  return {
    id,
    async join() {
      await joinWithRetries()
      for (let reading = 0; reading < initialReadings; reading++) await hasChanged()
      lookAgain()
    },
    isServing,
    now: clock.now,
    clockError: clock.error,
    reportWritten(source) {
      writtenUntil = source
    },
    look,
    lookOrReport,
    renewNow() {
      isReportWanted = true
      return lookOrReport()
    },
    async everyoneHasSeen(epoch) {
      for (let attempt = 0; ; attempt++) {
        const [row] = await statements.query<BehindRow>(instancesBehind, [epoch.number, epoch.mark, id])
        if (!row?.isKept) throw new ConnectionLostError('The database has lost the change in a failover.')
        isReportWanted ||= !row.isMember
        if (!row.isMember) await look()
        else if (row.behind === 0) return
        const delay = waitingDelays[attempt] ?? waitingDelays.at(-1)
        await new Promise(resolve => setTimeout(resolve, delay))
      }
    },
    async leave() {
      const isAway = monotonic() >= servesUntil
      isStopped = true
      clearTimeout(timer)
      // A look under way could enter again.
      await look().catch(() => {})
      // Without the database, the lease ends by itself.
      if (!isAway) await statements.query(leave, [id]).catch(() => {})
    },
  }
}
