import type {
  Preflight,
  PreflightCause,
  PreflightCounts,
  PreflightFailure,
  PreflightNote,
} from '../../domain/contract/preflight.ts'
import { formatDuration } from '../../domain/duration.ts'
import { profileNames, profileTitles } from '../../profiles/names.ts'
import { program } from './noun.ts'
import { choice, count, type Values, withDefault } from './options.ts'
import { formatCount, printable, printableJson } from './output.ts'
import { mistakesIn, playFlags, readMappingOption, readSourceFiles, readSwitches } from './source-files.ts'
import { type Column, formatTable } from './table.ts'

const flags = {
  mapping: playFlags.mapping,
  profile: withDefault(choice(profileNames, 'Service provider'), 'aws'),
  switch: playFlags.switch,
  scope: choice(['assigned', 'all'], 'Provision assigned users and groups only, or all'),
  memberBatchSize: count('number', 'Members per request (default: 1)', 1, 1000),
}

type PreflightFlags = Values<typeof flags>

async function check(paths: readonly string[], flags: PreflightFlags, json: boolean): Promise<void> {
  const switches = await readSwitches(flags.switch, flags.profile)
  const mapping = await readMappingOption(flags.mapping)
  const { files, warnings } = await readSourceFiles(paths)
  const { PreflightError } = await import('../../insight/preflight/preflight-error.ts')
  const { preflightFiles } = await import('../../insight/preflight/preflight-files.ts')
  const { wouldFail } = await import('../../insight/preflight/preflight.ts')
  const result = await preflightFiles({
    files,
    now: Date.now(),
    profile: { name: flags.profile, switches },
    ...(mapping !== undefined && { mapping }),
    ...(flags.scope && { scope: flags.scope }),
    ...(flags.memberBatchSize !== undefined && { memberBatchSize: flags.memberBatchSize }),
  }).catch((error: unknown) => {
    if (!(error instanceof PreflightError)) throw error
    throw mistakesIn(error.mistakes.map(({ message }) => message))
  })
  const complete = { ...result, warnings: [...warnings, ...result.warnings] }
  process.stdout.write(json ? `${printableJson(complete, 2)}\n` : formatPreflight(complete))
  if (wouldFail(result)) process.exitCode = 1
}

const maxShown = 5

function formatPreflight(result: Preflight): string {
  const { profile, mapping, scope, warnings } = result
  const sections = [
    [`Pre-flight for ${profileTitles[profile]}; mapping: ${mapping}, scope: ${scope}.`],
    formatTable(countColumns, countRows(result)).trimEnd().split('\n'),
    ...result.causes.map(cause => formatCause(cause, result.failures)),
    ...(result.failuresOmitted > 0 ? [[`${result.failuresOmitted} more failures are not listed.`]] : []),
    ...result.notes.map(formatNote),
    formatCycle(result),
    ...(warnings.length > 0 ? [formatWarnings(warnings)] : []),
  ]
  return `${sections.map(lines => lines.map(printable).join('\n')).join('\n\n')}\n`
}

const maxWarnings = 20

const formatWarnings = (warnings: readonly string[]): readonly string[] => [
  'Warnings:',
  ...warnings.slice(0, maxWarnings).map(warning => `  ${warning}`),
  ...(warnings.length > maxWarnings
    ? [`  and ${warnings.length - maxWarnings} more; --json lists them`]
    : []),
]

type CountRow = PreflightCounts & { readonly name: string }

const countRows = ({ users, groups }: Preflight): readonly CountRow[] => [
  { name: 'users', ...users },
  { name: 'groups', ...groups },
]

const countColumns: readonly Column<CountRow>[] = [
  { name: '', of: ({ name }) => name },
  { name: 'read', of: ({ read }) => read },
  { name: 'accepted', of: ({ accepted }) => accepted },
  { name: 'incomplete', of: ({ incomplete }) => incomplete },
  { name: 'rejected', of: ({ rejected }) => rejected },
  { name: 'skipped', of: ({ skipped }) => skipped },
  { name: 'not reached', of: ({ notReached }) => notReached },
  { name: 'out of scope', of: ({ outOfScope }) => outOfScope },
]

function formatCause(cause: PreflightCause, failures: readonly PreflightFailure[]): readonly string[] {
  const { type, step, rule, attribute, description, count, remedy } = cause
  const examples = failures.filter(
    failure =>
      failure.type === type &&
      failure.step === step &&
      failure.rule === rule &&
      failure.attribute === attribute,
  )
  return [
    `${formatCount(count, type.toLowerCase())} would fail${attribute === undefined ? '' : `: ${attribute}`} (${rule})`,
    `  ${description}`,
    `  Fix: ${remedy}`,
    ...examples
      .slice(0, maxShown)
      .map(({ name, value }) => `    ${name}${value === undefined ? '' : `: ${JSON.stringify(value)}`}`),
    ...(count > maxShown ? [`    and ${count - maxShown} more`] : []),
  ]
}

const formatNote = ({
  severity,
  title,
  detail,
  remedy,
  count,
  objects,
}: PreflightNote): readonly string[] => [
  `${severity === 'note' ? 'Note' : 'Warning'}: ${title} (${count})`,
  `  ${detail}`,
  ...(remedy === undefined ? [] : [`  Fix: ${remedy}`]),
  `    ${objects.slice(0, maxShown).join(', ')}${count > maxShown ? `, and ${count - maxShown} more` : ''}`,
]

const seconds = (count: number): string => formatDuration(count * 1000)

function formatCycle({ cycle, duration, limits, quarantine, memberships }: Preflight): readonly string[] {
  const { estimate, throttle, requestsPerSecond } = duration
  return [
    `First cycle: ${formatCount(cycle.requests, 'request')} (${formatCount(cycle.reads, 'read')}, ${formatCount(cycle.writes, 'write')}), ${formatCount(memberships, 'membership')}.`,
    `Duration: ${seconds(duration.seconds)} at ${requestsPerSecond} requests per second; Microsoft estimates ${seconds(estimate.leastSeconds)} to ${seconds(estimate.mostSeconds)}.`,
    `Rate limits: ${throttle.readsPerSecond} reads and ${throttle.writesPerSecond} writes per second are ${throttle.exceeded ? 'exceeded' : 'not exceeded'} at this pace.`,
    ...limits.map(
      ({ title, value, maximum, exceeded }) =>
        `${title}: ${value} of at most ${maximum}${exceeded ? ', exceeded' : ''}.`,
    ),
    ...(quarantine ? [`The job would go into quarantine: ${quarantine.detail}`] : []),
  ]
}

export const preflight = program(
  'preflight <files...>',
  {
    flags,
    help: '\nThe files are responses of Microsoft Graph, CSV files of the Microsoft Entra admin center, or a folder\nof such files. Without assignments in them, all users and groups are in scope. No server is needed.',
  },
  ({ files, ...given }, { json }) => check(files, given, json),
)
