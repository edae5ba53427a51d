import { markdownText } from '../../../domain/client-text.ts'
import type { Preflight, PreflightCause, PreflightCounts } from '../../../domain/contract/preflight.ts'
import { formatDuration } from '../../../domain/duration.ts'
import type { PlanSection, PlanTable } from '../../../domain/rehearsal/plan.ts'
import { toMarkdownSection } from '../../../domain/rehearsal/plan-documents.ts'
import { profileTitles } from '../../../profiles/names.ts'
import { formatCount } from '../../format.ts'

export const maxRows = 200

/** A line of the mapping that avoids an error. */
type Fix = { readonly target: string; readonly of: string; readonly source: string }

export type Section = PlanSection & {
  readonly fixes?: readonly Fix[]
  /** Shown when it is opened: a correction avoids it, or it is long. */
  readonly isFolded?: boolean
}

export const countFailing = ({ incomplete, rejected, notReached }: PreflightCounts): number =>
  incomplete + rejected + notReached

const causeKey = ({ type, step, rule, attribute }: Omit<PreflightCause, 'count' | 'description'>): string =>
  [type, step, rule, attribute].join(' ')

export const reportOf = (result: Preflight): readonly Section[] =>
  [
    corrections(result),
    ...result.causes.map(cause => failuresOf(result, cause)),
    ...aboutCycle(result),
  ].filter(({ lines = [], fixes = [], table }) => lines.length + fixes.length + (table?.rows.length ?? 0) > 0)

/** How many objects have only failures that a line of the mapping avoids; undefined if not all failures are known. */
function countCorrected({ failures, failuresOmitted }: Preflight): number | undefined {
  if (failuresOmitted > 0) return undefined
  const objects = Map.groupBy(failures, ({ type, objectId }) => `${type} ${objectId}`)
  return [...objects.values()].filter(of => of.every(({ fix }) => fix)).length
}

function corrections(result: Preflight): Section {
  const corrected = countCorrected(result)
  const failing = countFailing(result.users) + countFailing(result.groups)
  const accepted =
    corrected === failing
      ? 'all'
      : `${corrected?.toLocaleString('en')} of the ${failing.toLocaleString('en')}`
  return {
    title: `Paste this into Entra ID${corrected === undefined ? '' : `, and ${accepted} will be accepted`}`,
    fixes: result.causes.flatMap(({ type, count, fix }) =>
      fix ? { ...fix, of: formatCount(count, type.toLowerCase()) } : [],
    ),
  }
}

function failuresOf(result: Preflight, cause: PreflightCause): Section {
  const { type, rule, attribute, source, description, remedy, count, fix } = cause
  const failures = result.failures.filter(one => causeKey(one) === causeKey(cause))
  return {
    title: `${formatCount(count, type.toLowerCase())}: ${attribute ?? rule}`,
    isFolded: fix !== undefined || failures.length > 10,
    lines: [
      remedy,
      `The rule ${rule}: ${description}${source === undefined ? '' : ` Mapped from ${source}.`}`,
    ],
    table: tableOf(
      ['Name', 'Value', 'Error'],
      failures.map(({ name, objectId, value, detail }) => [name || objectId, value ?? 'none', detail]),
      count,
    ),
  }
}

const tableOf = (columns: PlanTable['columns'], rows: PlanTable['rows'], count = rows.length): PlanTable => ({
  columns,
  rows: rows.slice(0, maxRows),
  omitted: count - Math.min(rows.length, maxRows),
})

const seconds = (count: number): string => formatDuration(count * 1000)

const countLabels: Readonly<Partial<Record<keyof PreflightCounts, string>>> = {
  incomplete: 'incomplete',
  skipped: 'skipped',
  notReached: 'not reached',
  outOfScope: 'out of scope',
}

const countsOf = (kind: string, counts: PreflightCounts): readonly string[] =>
  Object.entries(countLabels).flatMap(([name, label]) => {
    const count = counts[name as keyof PreflightCounts]
    return count === 0 ? [] : `${formatCount(count, kind)} ${label}.`
  })

function aboutCycle(result: Preflight): readonly Section[] {
  const { users, groups, memberships, cycle, duration, limits, quarantine, token, notes, warnings } = result
  const { throttle, estimate } = duration
  return [
    {
      title: 'Notes',
      table: tableOf(
        ['Note', 'Names', 'Objects'],
        notes.map(({ title, detail, remedy = '', objects, count }) => [
          `${title}: ${detail} ${remedy}`.trim(),
          `${objects.slice(0, 5).join(', ')}${count > 5 ? ', …' : ''}`,
          count.toLocaleString('en'),
        ]),
      ),
    },
    {
      title: 'First cycle',
      lines: [
        `${formatCount(cycle.requests, 'request')}: ${formatCount(cycle.reads, 'read')}, ${formatCount(cycle.writes, 'write')}; ${formatCount(memberships, 'membership')}.`,
        `${seconds(duration.seconds)} at ${duration.requestsPerSecond} requests per second; Microsoft estimates ${seconds(estimate.leastSeconds)} to ${seconds(estimate.mostSeconds)}.`,
        `Rate limits: ${throttle.readsPerSecond} reads and ${throttle.writesPerSecond} writes per second, ${throttle.exceeded ? 'exceeded' : 'kept'}.`,
        ...countsOf('user', users),
        ...countsOf('group', groups),
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
    { title: 'Warnings about the files', isFolded: true, lines: warnings.slice(0, maxRows) },
  ]
}

export const toMarkdown = (result: Preflight): string =>
  [
    `# Pre-flight for ${profileTitles[result.profile]}`,
    `Mapping: ${result.mapping}. Scope: ${result.scope}.`,
    [
      '| | read | accepted | incomplete | rejected | skipped | not reached | out of scope |',
      '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
      rowOf('users', result.users),
      rowOf('groups', result.groups),
    ].join('\n'),
    ...reportOf(result).map(({ title, fixes = [], ...section }) =>
      toMarkdownSection({
        ...section,
        title: markdownText(title),
        checks: fixes.map(({ target, of, source }) => ({ text: `${target} of ${of}`, commands: [source] })),
      }),
    ),
  ].join('\n\n')

const rowOf = (name: string, counts: PreflightCounts): string =>
  `| ${name} | ${counts.read} | ${counts.accepted} | ${counts.incomplete} | ${counts.rejected} | ${counts.skipped} | ${counts.notReached} | ${counts.outOfScope} |`
