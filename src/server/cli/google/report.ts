import {
  type Occasion,
  occasionLabels,
  occasions,
} from '../../../provisioning/google/directory/google-directory.ts'
import { type GoogleState, nextStepOf } from '../../../provisioning/google/job/changes.ts'
import type { Report } from '../../../provisioning/google/job/job.ts'
import { categoryLabels, categoryOf, type ErrorCategory } from '../../../provisioning/google/planning.ts'
import type { App, Delay } from '../../../provisioning/google/settings.ts'
import { causeText } from '../../../provisioning/kit/scim-request.ts'
import { formatCount, formatTime, printable } from '../output.ts'
import { type Column, formatRecord, formatTable } from '../table.ts'

/** `detail` is the server's reason, which Google's admin console does not show. */
type ErrorView = {
  readonly id: string
  readonly email: string
  readonly category: ErrorCategory
  readonly step: string
  readonly detail: string
  readonly at: string
  readonly attempts: number
}

type PendingView = {
  readonly id: string
  readonly email: string
  readonly why: Occasion
  readonly since: string
  readonly next: 'suspend' | 'delete'
  readonly at: string
}

export type Status = {
  readonly lastRunAt?: string
  readonly users: { readonly active: number; readonly suspended: number; readonly notCreated: number }
  readonly failures: Readonly<Record<ErrorCategory, number>>
  readonly errors: readonly ErrorView[]
  readonly pending: readonly PendingView[]
}

const iso = (time: number): string => new Date(time).toISOString()

export function statusOf({ people, lastRunAt }: GoogleState, app: App): Status {
  const records = [...people.values()]
  const count = (isCounted: (record: (typeof records)[number]) => boolean) => records.filter(isCounted).length
  const errors = errorsIn(people)
  const failures = { authorization: 0, transient: 0, user: 0 }
  for (const { category } of errors) failures[category]++
  return {
    ...(lastRunAt !== undefined && { lastRunAt: iso(lastRunAt) }),
    users: {
      active: count(({ target, sent }) => target !== undefined && sent?.active === true),
      suspended: count(({ target, sent }) => target !== undefined && sent?.active === false),
      notCreated: count(({ target }) => target === undefined),
    },
    failures,
    errors,
    pending: [...people].flatMap(([id, record]) => {
      const step = nextStepOf(record, app)
      if (!record.out || !step) return []
      const { email, out } = record
      return { id, email, why: out.why, since: iso(out.since), next: step.step, at: iso(step.at) }
    }),
  }
}

const errorsIn = (people: GoogleState['people']): readonly ErrorView[] =>
  [...people].flatMap(([id, { email, failure }]) =>
    failure
      ? {
          id,
          email,
          category: categoryOf(failure.cause),
          step: failure.step,
          detail: causeText(failure.cause),
          at: iso(failure.at),
          attempts: failure.attempts,
        }
      : [],
  )

const errorColumns: readonly Column<ErrorView>[] = [
  { name: 'user', of: ({ email }) => email },
  { name: 'error', of: ({ category }) => categoryLabels[category] },
  { name: 'attempts', of: ({ attempts }) => attempts },
  { name: 'last attempt', of: ({ at }) => formatTime(at) },
  { name: 'step', of: ({ step }) => step },
  { name: 'reason', of: ({ detail }) => detail },
]

const pendingColumns: readonly Column<PendingView>[] = [
  { name: 'out of scope', of: ({ email }) => email },
  { name: 'why', of: ({ why }) => occasionLabels[why] },
  { name: 'since', of: ({ since }) => formatTime(since) },
  { name: 'next', of: ({ next }) => next },
  { name: 'at', of: ({ at }) => formatTime(at) },
]

export function formatStatus({ lastRunAt, users, failures, errors, pending }: Status): string {
  const record = formatRecord([
    ['last run', formatTime(lastRunAt)],
    ['active', formatCount(users.active, 'user')],
    ['suspended', formatCount(users.suspended, 'user')],
    ['not created', formatCount(users.notCreated, 'user')],
    ['failures', failuresOf(failures)],
  ])
  return [
    record,
    ...(errors.length > 0 ? [formatTable(errorColumns, errors)] : []),
    ...(pending.length > 0 ? [formatTable(pendingColumns, pending)] : []),
  ].join('\n')
}

const failuresOf = (failures: Status['failures']): string => {
  const counted = Object.entries(failures).filter(([, count]) => count > 0)
  return counted.length === 0
    ? 'none'
    : counted
        .map(([category, count]) => formatCount(count, categoryLabels[category as ErrorCategory]))
        .join(', ')
}

export function formatReport(report: Report, { people }: GoogleState): string {
  const { ending, requests, users, failed } = report
  const parts = [...Object.entries(users), ['failed', failed] as const].flatMap(([effect, count]) =>
    count > 0 ? [`${formatCount(count, 'user')} ${effect}`] : [],
  )
  const done = parts.length > 0 ? parts.join(', ') : 'No changes'
  const errors = errorsIn(people)
  const shown = errors.slice(0, maxShown).map(({ email, category, detail }) => {
    return `  ${printable(email)}: ${categoryLabels[category]}: ${printable(detail)}`
  })
  const left = errors.length - shown.length
  return [
    `${endings[ending]}${done} (${formatCount(requests, 'request')}).`,
    ...shown,
    ...(left > 0 ? [`  … and ${left} more. Run \`scimulator google status\` to list them.`] : []),
  ]
    .map(line => `${line}\n`)
    .join('')
}

const maxShown = 5

const endings: Readonly<Record<Report['ending'], string>> = {
  completed: '',
  stopped: 'Stopped: ',
  refused: 'Stopped, because the server refused the token: ',
}

type OccasionSettings = {
  readonly occasion: Occasion
  readonly suspendAfter: Delay
  readonly deleteAfter: Delay
}

export const deprovisioningOf = ({ suspendAfter, deleteAfter }: App): readonly OccasionSettings[] =>
  occasions.map(occasion => ({
    occasion,
    suspendAfter: suspendAfter[occasion],
    deleteAfter: deleteAfter[occasion],
  }))

const settingsColumns: readonly Column<OccasionSettings>[] = [
  { name: 'occasion', of: ({ occasion }) => occasion },
  { name: 'meaning', of: ({ occasion }) => occasionLabels[occasion] },
  { name: 'suspend after', of: ({ suspendAfter }) => suspendAfter },
  { name: 'delete after', of: ({ deleteAfter }) => deleteAfter },
]

export const formatDeprovisioning = (settings: readonly OccasionSettings[]): string =>
  formatTable(settingsColumns, settings)
