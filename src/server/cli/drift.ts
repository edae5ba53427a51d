import { existsSync } from 'node:fs'
import { Option } from 'commander'
import type { z } from 'zod'
import type { Drift, DriftItem, PreviousDrift } from '../../domain/contract/drift.ts'
import { driftSeverities, formatCounts } from '../../domain/drift.ts'
import type { DriftRequest } from '../../insight/drift/drift.ts'
import { compact } from '../../scim/json.ts'
import { excerpt } from '../../scim/text.ts'
import { CliError, wrongUse } from './cli-error.ts'
import {
  clientFlag,
  clientFlags,
  playWithProgress,
  readClient,
  readFilesFor,
  readTarget,
  refuseFlagsOfExports,
} from './client-options.ts'
import { program } from './noun.ts'
import { choice, duration, type Flag, text, toggle, type Values, withDefault } from './options.ts'
import { formatTime, printable } from './output.ts'
import type { Session } from './session.ts'
import { exportFlags, playFlags, readExport, readTextArgument, writeOutput } from './source-files.ts'
import { type Column, formatTable } from './table.ts'

const { linked: _, ...settings } = clientFlags

const output: Flag<string | undefined> = () =>
  new Option('-o, --output <file>', 'Write the report as JSON, for --previous of the next run')

const flags = {
  client: clientFlag,
  ...playFlags,
  ...settings,
  ...exportFlags,
  baseline: text('export', 'Earlier export of AWS'),
  ignore: text('file', 'JSON file with rules for accepted differences'),
  previous: text('file', 'Report of the previous run; if the file is missing, this is the first one'),
  grace: duration('How long a difference may wait for the client'),
  failOn: withDefault(choice(driftSeverities, 'Least severity with exit code 1'), 'error'),
  showIgnored: toggle('List ignored differences, too'),
  output,
}

type Given = Values<typeof flags> & { readonly target: string; readonly source: readonly string[] }

async function run(given: Given, session: Session): Promise<void> {
  const { ignore, previous, grace, output, failOn, showIgnored = false } = given
  // Schemas, which no other command loads.
  const { ignoreRulesSchema, previousDriftSchema } = await import('../../domain/contract/drift.ts')
  const options = compact({
    ignore: ignore === undefined ? undefined : await readJson(ignore, ignoreRulesSchema),
    previous: previous === undefined ? undefined : await readPrevious(previous, previousDriftSchema),
    grace,
  })
  const report = await compare(given, options, session).catch((error: unknown) => {
    // Exit code 1 is drift, also where a server rejects the request or is not there.
    throw error instanceof CliError ? wrongUse(error.message) : error
  })
  if (output !== undefined) await writeOutput(output, `${JSON.stringify(report, undefined, 2)}\n`)
  session.show(report, formatDrift(report, showIgnored, session))
  const failing = driftSeverities.slice(0, driftSeverities.indexOf(failOn) + 1)
  if (failing.some(severity => severity in report.counts)) process.exitCode = 1
  else if (report.partial.length > 0) process.exitCode = 3
}

const readPrevious = async (path: string, schema: z.ZodType<PreviousDrift>): Promise<PreviousDrift> =>
  existsSync(path) ? readJson(path, schema) : { drift: 1, items: [] }

async function readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> {
  const text = await readTextArgument(path)
  try {
    return schema.parse(JSON.parse(text))
  } catch (error) {
    const [issue] = error instanceof Error && 'issues' in error ? (error as z.ZodError).issues : []
    const mistake = issue ? `${issue.path.join('.')}: ${issue.message}` : 'It is not JSON.'
    throw wrongUse(`Cannot use ${path}: ${mistake}`)
  }
}

async function compare(
  given: Given,
  options: Pick<DriftRequest, 'ignore' | 'previous' | 'grace'>,
  { api, json }: Session,
): Promise<Drift> {
  const { target, source: paths, client: named, baseline: earlier } = given
  if ((named === undefined) !== (paths.length === 0) || !(named ?? earlier)) {
    throw wrongUse('Name exports of a source with their --client, a --baseline, or both.')
  }
  const read = named && (await readFilesFor(named, paths))
  const source = named && read && { files: read.files, client: await readClient(named, given) }
  const withWarnings = (report: Drift) => ({ ...report, notes: [...report.notes, ...(read?.warnings ?? [])] })
  if (target.startsWith('tenant:')) {
    refuseFlagsOfExports(given)
    if (!source || earlier !== undefined) throw wrongUse('A tenant is compared with a source only.')
    const input = { params: { tenant: target.slice('tenant:'.length) }, body: { ...source, ...options } }
    return withWarnings(await api.patient('POST /tenants/:tenant/drift', input))
  }
  const { findDrift } = await import('../../insight/drift/drift.ts')
  const request = {
    ...(await readTarget(target, given)),
    ...options,
    ...compact({ source, baseline: earlier === undefined ? undefined : await readExport(earlier, given) }),
    now: Date.now(),
  }
  return withWarnings(await playWithProgress(json, run => findDrift(request, run)))
}

const columns: readonly Column<DriftItem>[] = [
  { name: 'Severity', of: ({ severity }) => severity },
  { name: 'Category', of: ({ category }) => category },
  { name: 'State', of: ({ state }) => state },
  { name: 'Object', of: ({ object }) => excerpt(object.name) },
  { name: 'Attribute', of: ({ path }) => path },
  { name: 'In the source', of: ({ source }) => formatValue(source) },
  { name: 'At AWS', of: ({ aws }) => formatValue(aws) },
  { name: 'Accounts', of: ({ accounts }) => accounts?.join(', ') },
  { name: 'Changed at AWS', of: ({ since, by }) => [formatTime(since), by].filter(Boolean).join(' by ') },
  { name: 'Reason', of: ({ reason = '' }) => excerpt(reason) },
  { name: 'ID', of: ({ id }) => id },
]

const maxRows = 100

const formatValue = (value: unknown) => (value === undefined ? undefined : excerpt(JSON.stringify(value)))

/** Empty without drift, except on a terminal: cron mails all output. */
function formatDrift(report: Drift, showIgnored: boolean, { layout }: Session): string {
  const { sides, states, items, itemsOmitted, resolved } = report
  const shown = items.filter(({ state }) => showIgnored || state !== 'ignored')
  const others = ['pending', 'ignored'].flatMap(state => (states[state] ? `${states[state]} ${state}` : []))
  const summary = [formatCounts(report), ...others].filter(Boolean).join(', ') || 'no drift'
  const against = sides.source?.client ?? sides.baseline?.name
  const head = `${against} against ${sides.aws.store}: ${summary}.`
  if (shown.length === 0) return process.stdout.isTTY ? `${printable(head)}\n` : ''
  const rows = shown.slice(0, maxRows)
  const omitted = shown.length - rows.length + itemsOmitted
  const remedies = [...new Set(rows.map(({ remedy }) => remedy))]
  const filled = columns.filter(({ of }) => rows.some(item => of(item)))
  return [
    printable(head),
    formatTable(filled, rows, layout),
    ...(omitted > 0 ? [`and ${omitted} more; --json lists more`] : []),
    ...(resolved.length > 0 ? [`Resolved since the previous report: ${resolved.length}.`] : []),
    ...['', 'Remedies:', ...remedies.map(remedy => `  ${printable(remedy)}`)],
  ]
    .map(text => (text.endsWith('\n') ? text : `${text}\n`))
    .join('')
}

export const drift = program(
  'drift <target> [source...]',
  {
    flags,
    help: [
      '',
      'The target is a folder or archive of what the AWS CLI printed, or tenant:ID, a tenant of the running server. The',
      'sources are exports of the identity provider. Nothing is changed. Without differences, nothing is printed to a file',
      'or a pipe. Exit code 0: no difference of --fail-on or worse. 1: otherwise. 2: unusable input. 3: none, but the export',
      'of AWS lacks data.',
    ].join('\n'),
  },
  run,
)
