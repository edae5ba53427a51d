import { profileTitles } from '../profiles/names.ts'
import { markdownText } from './client-text.ts'
import type { Preflight, PreflightCause, PreflightCounts, PreflightNote } from './contract/preflight.ts'
import { formatDuration } from './duration.ts'
import { hasContent, type PlanSection, type PlanTable, shortened } from './rehearsal/plan.ts'
import { toMarkdownSection } from './rehearsal/plan-documents.ts'

const formatCount = (count: number, noun: string) =>
  `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`

export const countFailing = ({ incomplete, rejected, notReached }: PreflightCounts): number =>
  incomplete + rejected + notReached

const causeKey = ({ type, step, rule, attribute }: Omit<PreflightCause, 'count' | 'description'>): string =>
  [type, step, rule, attribute].join(' ')

/** The result; tables have at most `maxRows` rows. The first section has the counts. */
export const preflightReport = (result: Preflight, maxRows: number): readonly PlanSection[] =>
  [
    { title: 'Result', table: countsOf(result) },
    corrections(result),
    ...result.causes.map(cause => failuresOf(result, cause, maxRows)),
    ...aboutCycle(result, maxRows),
  ].filter(hasContent)

const countLabels: Readonly<Record<keyof PreflightCounts, string>> = {
  read: 'read',
  accepted: 'accepted',
  incomplete: 'incomplete',
  rejected: 'rejected',
  skipped: 'skipped',
  notReached: 'not reached',
  outOfScope: 'out of scope',
}
const countNames = Object.keys(countLabels) as (keyof PreflightCounts)[]

const countsOf = ({ users, groups }: Preflight): PlanTable => ({
  columns: ['', ...countNames.map(name => countLabels[name])],
  rows: Object.entries({ users, groups }).map(([kind, counts]) => [
    kind,
    ...countNames.map(name => counts[name].toLocaleString('en')),
  ]),
  omitted: 0,
})

/** How many objects have only failures that a line of the mapping avoids; undefined if not all failures are known. */
function countCorrected({ failures, failuresOmitted }: Preflight): number | undefined {
  if (failuresOmitted > 0) return undefined
  const objects = Map.groupBy(failures, ({ type, objectId }) => `${type} ${objectId}`)
  return [...objects.values()].filter(of => of.every(({ fix }) => fix)).length
}

function corrections(result: Preflight): PlanSection {
  const corrected = countCorrected(result)
  const failing = countFailing(result.users) + countFailing(result.groups)
  const accepted =
    corrected === failing
      ? 'all'
      : `${corrected?.toLocaleString('en')} of the ${failing.toLocaleString('en')}`
  return {
    title: `Paste this into Entra ID${corrected === undefined ? '' : `, and ${accepted} will be accepted`}`,
    checks: result.causes.flatMap(({ type, count, fix }) =>
      fix
        ? {
            text: `${fix.target} of ${formatCount(count, type.toLowerCase())}`,
            commands: [fix.source],
            what: `the expression for ${fix.target}`,
          }
        : [],
    ),
  }
}

function failuresOf(result: Preflight, cause: PreflightCause, maxRows: number): PlanSection {
  const { type, rule, attribute, source, description, remedy, count, fix } = cause
  const failures = result.failures.filter(one => causeKey(one) === causeKey(cause))
  return {
    title: `${attribute ?? rule} of ${formatCount(count, type.toLowerCase())}`,
    isFolded: fix !== undefined || failures.length > 10,
    lines: [
      remedy,
      `The rule ${rule}: ${description}${source === undefined ? '' : ` Mapped from ${source}.`}`,
    ],
    table: tableOf(
      ['Name', 'Value', 'Error'],
      failures.map(({ name, objectId, value, detail }) => [name || objectId, value ?? 'none', detail]),
      maxRows,
      count,
    ),
  }
}

const tableOf = (
  columns: PlanTable['columns'],
  rows: PlanTable['rows'],
  maxRows: number,
  count = rows.length,
): PlanTable => ({
  columns,
  rows: rows.slice(0, maxRows),
  omitted: count - Math.min(rows.length, maxRows),
})

const seconds = (count: number): string => formatDuration(count * 1000)

/** What the sentence of the page does not say. */
const lesserCounts = ['incomplete', 'skipped', 'notReached', 'outOfScope'] as const

const lesserOf = (kind: string, counts: PreflightCounts): readonly string[] =>
  lesserCounts.flatMap(name =>
    counts[name] === 0 ? [] : `${formatCount(counts[name], kind)} ${countLabels[name]}.`,
  )

const maxNamed = 5

const formatNote = ({ severity, title, detail, remedy, objects, count }: PreflightNote): string =>
  [
    `${severity === 'note' ? '' : 'Warning: '}${title}. ${detail}`,
    remedy,
    `${formatCount(count, 'object')}: ${objects.slice(0, maxNamed).join(', ')}${count > maxNamed ? ', …' : ''}`,
  ]
    .filter(part => part !== undefined)
    .join(' ')

function aboutCycle(result: Preflight, maxRows: number): readonly PlanSection[] {
  const { users, groups, memberships, cycle, duration, limits, quarantine, token, notes, warnings } = result
  const { throttle, estimate } = duration
  return [
    { title: 'Notes', lines: notes.map(formatNote) },
    {
      title: 'First cycle',
      lines: [
        `${formatCount(cycle.requests, 'request')}: ${formatCount(cycle.reads, 'read')}, ${formatCount(cycle.writes, 'write')}; ${formatCount(memberships, 'membership')}.`,
        `${seconds(duration.seconds)} at ${duration.requestsPerSecond} requests per second; Microsoft estimates ${seconds(estimate.leastSeconds)} to ${seconds(estimate.mostSeconds)}.`,
        `Rate limits: ${throttle.readsPerSecond} reads and ${throttle.writesPerSecond} writes per second, ${throttle.exceeded ? 'exceeded' : 'kept'}.`,
        ...lesserOf('user', users),
        ...lesserOf('group', groups),
        ...limits.map(
          ({ title, value, maximum, exceeded }) =>
            `${title}: ${value.toLocaleString('en')} of at most ${maximum.toLocaleString('en')}${exceeded ? ', exceeded' : ''}.`,
        ),
        ...(quarantine ? [`The job would go into quarantine: ${quarantine.detail}`] : []),
        ...(token
          ? [
              `The access token expires ${token.expires.slice(0, 10)}${token.outlasted ? ', before the cycle may end' : ''}.`,
            ]
          : []),
      ],
    },
    { title: 'Warnings about the files', isFolded: true, lines: shortened(warnings, maxRows) },
  ]
}

const maxDocumentRows = 200

export const preflightMarkdown = (result: Preflight): string =>
  [
    `# Pre-flight for ${profileTitles[result.profile]}`,
    `Mapping: ${result.mapping}. Scope: ${result.scope}.`,
    ...preflightReport(result, maxDocumentRows).map(section =>
      toMarkdownSection({ ...section, title: markdownText(section.title) }),
    ),
  ].join('\n\n')
