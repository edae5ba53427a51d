import type { Cycle } from './contract/cycles.ts'
import type { HeadlinePart, Overview, OverviewCycle } from './contract/overview.ts'
import { day as dayLength, formatSpan, minute } from './duration.ts'

/** What the first sentence about a tenant is made from. Times are by the tenant's clock. */
export type HeadlineFacts = Pick<Overview, 'counts'> & {
  readonly clock: { readonly now: number; readonly offset: number }
  readonly analysis: Pick<Overview['analysis'], 'current' | 'analyzed' | 'total' | 'seconds'>
  readonly job?:
    | Pick<NonNullable<Overview['job']>, 'status' | 'objects' | 'failing' | 'threshold'>
    | undefined
  readonly newest?: Cycle | undefined
  readonly cycles: readonly OverviewCycle[]
  readonly tokens: readonly { readonly expired: boolean; readonly expiresInDays: number }[]
  readonly failed: { readonly requests: number; readonly since: number }
  /** The armed faults that concern the tenant. */
  readonly faultsArmed: number
  /** The objects that fail by themselves, not by an injected fault. Absent without a job of Entra ID. */
  readonly standing?: Standing | undefined
}

export type Standing = {
  readonly count: number
  /** Their type, if it is one for all. */
  readonly type?: string | undefined
  /** Whether a rule rejected each of them. */
  readonly refused: boolean
  /** When the first and the last of them began to fail, in milliseconds. */
  readonly first: number
  readonly last: number
}

const nearQuarantine = 500
const tokenWarning = 30

/** The parts of the sentence, in their order; at most three statements and what comes next. */
export function headlineOf(facts: HeadlineFacts): readonly HeadlinePart[] {
  const { analysis } = facts
  const state = stateOf(facts)
  const cycle = state?.kind === 'running' ? [] : cycleOf(facts)
  const first = state && state.kind !== 'running' ? [state] : [...(state ? [state] : []), ...cycle]
  const failing = analysis.current ? failingOf(facts) : []
  const risk = worstRisk(facts)
  return [...first, ...failing, ...(risk ? [risk] : []), thenOf(facts, state)]
}

/** A state that says more than the last cycle does. */
function stateOf({
  newest,
  cycles,
  counts,
  tokens,
  job,
  analysis,
  failed,
}: HeadlineFacts): HeadlinePart | undefined {
  if (analysis.current && job?.status === 'quarantined') {
    return tokens.length > 0 && tokens.every(({ expired }) => expired)
      ? { kind: 'token-expired', tone: 'bad' }
      : { kind: 'quarantined', tone: 'bad', count: job.failing, of: job.objects }
  }
  if (newest?.running) return { kind: 'running', at: newest.tenantStarted, count: changesOf(newest) }
  if (newest?.kind === 'test-connection' && cycles.every(({ kind }) => kind !== 'cycle'))
    return { kind: 'tested', at: newest.tenantStarted }
  if (newest) return undefined
  const resources = Object.values(counts).reduce((sum, { active, disabled }) => sum + active + disabled, 0)
  return resources === 0 && failed.requests === 0
    ? { kind: 'never-connected' }
    : { kind: 'no-cycle', count: resources }
}

type Changes = Pick<OverviewCycle, 'created' | 'modified' | 'disabled' | 'deleted'>

const changesOf = ({ created, modified, disabled, deleted }: Changes): number =>
  created + modified + disabled + deleted

const cycleOf = (facts: HeadlineFacts): readonly HeadlinePart[] => {
  const last = facts.cycles.findLast(({ kind }) => kind === 'cycle' || kind === 'test-connection')
  if (!last) return []
  const changed = changesOf(last)
  const earlier = facts.cycles.findLast(each => each !== last && changesOf(each) > 0)
  const isFirst = facts.cycles.length === 1
  const about: HeadlinePart =
    changed === 0 && last.failed === 0
      ? { kind: 'idle', at: last.tenantStarted, ...(earlier && { since: earlier.tenantStarted }) }
      : isFirst
        ? { kind: 'first-cycle', at: last.tenantStarted, count: last.created, of: changed }
        : { kind: 'cycle', at: last.tenantStarted, count: changed }
  return facts.analysis.current && about.kind !== 'idle' ? [about, ...failedIn(facts, last)] : [about]
}

/** What failed in the cycle, unless what fails now says it. */
function failedIn(
  { standing, job }: HeadlineFacts,
  { failed, faults = 0, tenantStarted }: Overview['cycles'][number],
) {
  const parts: HeadlinePart[] = []
  if (failed === 0) {
    if (!standing) parts.push({ kind: 'nothing-failed', joined: true })
    else parts.push({ kind: 'nothing-new-failed', joined: true })
  } else if (faults > 0) {
    parts.push({ kind: 'failed-by-fault', joined: true, tone: 'warn', count: Math.min(failed, faults) })
  } else if (standing && standing.count > 0) {
    if (standing.last < Date.parse(tenantStarted)) parts.push({ kind: 'nothing-new-failed', joined: true })
  } else
    parts.push({
      kind: 'requests-failed',
      joined: true,
      tone: 'bad',
      count: failed,
      ...(job && { of: job.objects }),
    })
  return parts
}

function failingOf({ standing, newest, failed }: HeadlineFacts): readonly HeadlinePart[] {
  if (!standing) {
    return newest || failed.requests === 0
      ? []
      : [{ kind: 'requests-failed', tone: 'bad', count: failed.requests, since: toTime(failed.since) }]
  }
  const { count, type, refused, first, last } = standing
  const at = { since: new Date(first).toISOString(), ...(last - first > minute && { later: true as const }) }
  return [{ kind: 'failing', tone: 'bad', count, ...(type !== undefined && { type }), refused, ...at }]
}

const toTime = (at: string | number) => new Date(at).toISOString()

/** The worst risk: a near quarantine, an expiring token, an armed fault or a moved clock. */
function worstRisk({ job, tokens, clock, faultsArmed, analysis }: HeadlineFacts): HeadlinePart | undefined {
  if (analysis.current && job && job.status !== 'quarantined' && job.failing >= nearQuarantine)
    return { kind: 'near-quarantine', tone: 'bad', count: job.failing, of: job.threshold.objects }
  const days = Math.min(...tokens.filter(({ expired }) => !expired).map(({ expiresInDays }) => expiresInDays))
  if (days < tokenWarning) return { kind: 'token-expires', tone: 'warn', count: days }
  if (faultsArmed > 0) return { kind: 'faults-armed', tone: 'warn', count: faultsArmed }
  return clock.offset === 0 ? undefined : { kind: 'clock-ahead', tone: 'warn', milliseconds: clock.offset }
}

function thenOf(
  { analysis, newest, clock, job }: HeadlineFacts,
  state: HeadlinePart | undefined,
): HeadlinePart {
  const then = { tone: 'then' } as const
  if (!analysis.current)
    return {
      kind: 'analyzing',
      ...then,
      count: analysis.analyzed,
      of: analysis.total,
      ...(analysis.seconds !== undefined && { milliseconds: analysis.seconds * 1000 }),
    }
  switch (state?.kind) {
    case 'never-connected':
      return { kind: 'enter-address', ...then }
    case 'tested':
      return { kind: 'start-provisioning', ...then }
    case 'token-expired':
      return { kind: 'replace-token', ...then }
    case 'quarantined':
      return { kind: 'retries-daily', ...then }
    default: {
      if (!newest?.next) return { kind: 'no-schedule', ...then }
      const left = Date.parse(newest.next.tenantExpected) - Date.parse(toTime(clock.now))
      return newest.next.overdue
        ? { kind: 'overdue', ...then, milliseconds: -left }
        : { kind: 'next-cycle', ...then, milliseconds: Math.max(0, left), ...(job && { of: job.objects }) }
    }
  }
}

const formatNumber = (count: number) => count.toLocaleString('en')

const createFormats = (timeZone: string | undefined) => {
  const zoned = timeZone === undefined ? {} : { timeZone }
  return {
    day: new Intl.DateTimeFormat('en-CA', { ...zoned, dateStyle: 'short' }),
    time: new Intl.DateTimeFormat('en-GB', { ...zoned, hour: '2-digit', minute: '2-digit' }),
    date: new Intl.DateTimeFormat('en-GB', { ...zoned, day: 'numeric', month: 'short' }),
  }
}

/** By time zone: a format takes longer to create than to use. */
const formats = new Map<string | undefined, ReturnType<typeof createFormats>>()

/**
 * "09:15" today, "yesterday 18:35", else "21 Nov"; `inSentence`, "at 09:15" and "on 21 Nov". `zone`: a time zone of Intl; the
 * machine's by default.
 */
export function formatWhen(
  at: string | number,
  now: string | number,
  zone?: string,
  inSentence = false,
): string {
  const known = formats.get(zone) ?? createFormats(zone)
  formats.set(zone, known)
  const [then, present] = [new Date(at), new Date(now)]
  const day = known.day.format(then)
  const time = known.time.format(then)
  if (day === known.day.format(present)) return inSentence ? `at ${time}` : time
  if (day === known.day.format(present.getTime() - dayLength)) return `yesterday ${time}`
  return `${inSentence ? 'on ' : ''}${known.date.format(then)}`
}

const counted = (count: number, one: string, many = `${one}s`) =>
  `${formatNumber(count)} ${count === 1 ? one : many}`

const nouns: Readonly<Record<string, readonly [string, string]>> = {
  User: ['user', 'users'],
  Group: ['group', 'groups'],
}

/** Formats a time as `formatWhen` does; `inSentence` with its preposition. */
export type When = (at: string, inSentence?: boolean) => string

export function describePart(part: HeadlinePart, when: When): string {
  const { kind, count = 0, of = 0, at = '', since, milliseconds = 0 } = part
  const time = () => when(at, true)
  switch (kind) {
    case 'never-connected':
      return 'Nothing has connected yet'
    case 'no-cycle':
      return `${counted(count, 'user or group', 'users and groups')}, no cycle of a provisioning service`
    case 'tested':
      return `Connected ${time()}, no cycle yet`
    case 'token-expired':
      return 'Stopped: the token has expired'
    case 'quarantined':
      return `Quarantined, ${formatNumber(count)} of ${counted(of, 'object')} failed`
    case 'running':
      return `Cycle running since ${when(at)}, ${formatNumber(count)} changed so far`
    case 'first-cycle':
      return `First cycle ${time()}: ${of > count && count === 0 ? `${formatNumber(of)} changed` : `${formatNumber(count)} created`}`
    case 'cycle':
      return `${formatNumber(count)} changed ${time()}`
    case 'idle':
      return `Nothing to do ${time()}${since === undefined ? '' : `, last change ${when(since)}`}`
    case 'nothing-failed':
      return 'nothing failed'
    case 'nothing-new-failed':
      return 'nothing new failed'
    case 'failed-by-fault':
      return `${formatNumber(count)} failed by an injected fault`
    case 'requests-failed':
      return `${counted(count, 'request')} failed${since === undefined ? '' : ` since ${when(since)}`}`
    case 'failing': {
      const [one, many] = nouns[part.type ?? ''] ?? ['object', 'objects']
      const what = part.refused ? 'refused' : 'failing'
      return `${counted(count, one, many)} ${what} since ${when(since ?? at)}${part.later ? ' and later' : ''}`
    }
    case 'near-quarantine':
      return `From ${formatNumber(of)} failing objects on Entra quarantines the job`
    case 'token-expires':
      return `Token expires in ${counted(count, 'day')}`
    case 'faults-armed':
      return `${counted(count, 'fault')} armed`
    case 'clock-ahead':
      return `Clock ${formatSpan(milliseconds)} ahead`
    case 'analyzing':
      return `Analyzing ${formatNumber(count)} of ${counted(of, 'request')}${milliseconds === 0 ? '' : `, ready in about ${formatSpan(milliseconds)}`}`
    case 'enter-address':
      return 'Give your identity provider this address and token'
    case 'start-provisioning':
      return 'Start provisioning in Entra ID'
    case 'replace-token':
      return 'Create a token and paste it into Entra ID'
    case 'retries-daily':
      return 'Entra now retries once a day'
    case 'no-schedule':
      return 'No schedule is known'
    case 'overdue':
      return `Next cycle overdue by ${formatSpan(milliseconds)}`
    case 'next-cycle':
      return `Next cycle in ${formatSpan(milliseconds)}`
  }
}

/** The whole sentence: "203 changed at 09:15, nothing failed. Next cycle in 34 min." */
export function describeHeadline(parts: readonly HeadlinePart[], when: When): string {
  const texts = parts.map(
    (part, at) => `${at === 0 ? '' : part.joined ? ', ' : '. '}${describePart(part, when)}`,
  )
  return `${texts.join('')}.`
}

/** For the title of a tab, the worst first: "6 refused, 203 changed". */
export function describeTitle(parts: readonly HeadlinePart[]): string {
  const texts = parts.flatMap(({ kind, count = 0, milliseconds = 0, refused }): readonly string[] => {
    switch (kind) {
      case 'analyzing':
        return [milliseconds === 0 ? 'Analyzing' : `Analyzing, ${formatSpan(milliseconds)}`]
      case 'failing':
        return [`${formatNumber(count)} ${refused ? 'refused' : 'failing'}`]
      case 'token-expired':
        return ['Token expired']
      case 'quarantined':
        return ['Quarantined']
      case 'running':
        return ['Running']
      case 'cycle':
      case 'first-cycle':
        return [`${formatNumber(count)} changed`]
      case 'idle':
        return ['Nothing to do']
      case 'never-connected':
      case 'tested':
        return ['Not connected']
      default:
        return []
    }
  })
  return texts[0]?.startsWith('Analyzing') || texts.at(-1)?.startsWith('Analyzing')
    ? (texts.at(-1) ?? '')
    : texts.toReversed().join(', ')
}
