import { Option } from 'commander'
import type { Rehearsal, RehearsalFailure, RehearsalInput } from '../../domain/contract/rehearsal.ts'
import { noDeclarations } from '../../scim/declare/declarations.ts'
import { compact } from '../../scim/json.ts'
import { CliError } from './cli-error.ts'
import {
  clientFlag,
  clientFlags,
  list,
  playWithProgress,
  readClient,
  readFilesFor,
  refuseFlagsOfExports,
} from './client-options.ts'
import { program } from './noun.ts'
import {
  choice,
  conflicting,
  count,
  type Flag,
  parseTime,
  required,
  text,
  texts,
  type Values,
  value,
} from './options.ts'
import { printable, printableJson } from './output.ts'
import type { Session } from './session.ts'
import {
  exportFlags,
  mistakesIn,
  playFlags,
  readMappingOption,
  readSwitches,
  readTextArgument,
  withExport,
  writeOutput,
} from './source-files.ts'
import { formatSection, type Layout } from './table.ts'

const failures: Readonly<Record<RehearsalFailure, (found: Rehearsal['summary']) => number>> = {
  lost: ({ lose, isAccessKnown }) => lose + (isAccessKnown ? 0 : 1),
  refused: ({ users, groups }) => (users.refused ?? 0) + (groups.refused ?? 0),
  gained: ({ gain }) => gain,
  'kept-unknown': ({ keptUnknown }) => keptUnknown,
  left: ({ users, groups }) => (users.left ?? 0) + (groups.left ?? 0),
  deleted: ({ users, groups }) => (users.deleted ?? 0) + (groups.deleted ?? 0),
}

const usualFailures: readonly RehearsalFailure[] = ['lost', 'refused', 'deleted']

/** Whether the exit code is 1. */
export const fails = ({ stopped, summary }: Rehearsal, failOn = usualFailures): boolean =>
  stopped !== undefined || failOn.some(outcome => failures[outcome](summary) > 0)

const noRemedies: Flag<boolean> = () => new Option('--no-remedies', 'Do not search for remedies')

const flags = {
  client: required(clientFlag),
  ...playFlags,
  ...clientFlags,
  nameId: text('attribute', 'Source of the SAML NameID (default: the source of userName)'),
  people: text('file', 'CSV file with the columns aws and source: who is who'),
  identitySource: choice(
    ['external', 'identity-center', 'active-directory'],
    'Identity source of AWS until now',
  ),
  at: value('time', 'Time of the switch (default: now)', parseTime),
  horizon: count('days', 'Days that are played (default: 60)', 1, 400),
  remedies: noRemedies,
  ...exportFlags,
  whatIf: texts('name or file', 'entra: compare --mapping with these mappings, and say who moves'),
  markdown: conflicting(text('file', 'Write the plan as Markdown'), 'whatIf'),
  html: conflicting(text('file', 'Write the plan as HTML, for printing'), 'whatIf'),
  csv: conflicting(text('file', 'Write the access of each person as CSV'), 'whatIf'),
  failOn: list(
    'outcomes',
    'Outcomes with exit code 1 (default: lost,refused,deleted)',
    Object.keys(failures) as RehearsalFailure[],
  ),
}

type RehearseFlags = Values<typeof flags>

async function run(
  {
    target,
    source,
    ...given
  }: RehearseFlags & { readonly target: string; readonly source: readonly string[] },
  session: Session,
): Promise<void> {
  const { files, warnings } = await readFilesFor(given.client, source)
  const input: RehearsalInput = { files: [...files], ...(await readInput(given)) }
  const tenant = target.startsWith('tenant:') ? target.slice('tenant:'.length) : undefined
  const playOne =
    tenant === undefined ? await againstExport(target, given, session) : againstTenant(tenant, given, session)
  const play: Play = async another => {
    const played = await playOne(another)
    return { ...played, warnings: [...warnings, ...played.warnings] }
  }
  if (given.whatIf) return printWhatIf(input, play, given, session)
  const result = await play(input)
  await writeDocuments(result, given)
  if (session.json) process.stdout.write(`${printableJson(result, 2)}\n`)
  else process.stdout.write(await formatRehearsal(result, session.layout))
  if (fails(result, given.failOn)) process.exitCode = 1
}

type Play = (input: RehearsalInput) => Promise<Rehearsal>

/** Plays the present mapping and the others. */
async function printWhatIf(
  input: RehearsalInput,
  play: Play,
  { mapping: present, whatIf = [], failOn }: RehearseFlags,
  { json, layout }: Session,
): Promise<void> {
  const { compareMappings, whatIfReport } = await import('../../domain/rehearsal/what-if.ts')
  const mappings = [present, ...whatIf]
  // All are read before the first play, which may take a minute.
  const contents = await Promise.all(mappings.map(readMappingOption))
  const played = new Map<string, Rehearsal>()
  for (const [at, mapping] of mappings.entries()) {
    const client = compact({ ...input.client, mapping: contents[at] })
    const result = await play({ ...input, client, remedies: false }).catch((error: unknown) => {
      const isOfMapping = at > 0 && error instanceof CliError
      throw isOfMapping ? new CliError(`${mapping}: ${error.message}`, error.exitCode) : error
    })
    played.set(mapping ?? 'default', result)
  }
  const compared = compareMappings(played)
  const sections = whatIfReport(compared, maxRows).map(section => formatSection(section, layout))
  process.stdout.write(json ? `${printableJson(compared, 2)}\n` : sections.join('\n'))
  if ([...played.values()].some(result => fails(result, failOn))) process.exitCode = 1
}

async function readInput(given: RehearseFlags): Promise<Omit<RehearsalInput, 'files'>> {
  const { client, nameId, people, identitySource, at, horizon, remedies } = given
  return compact({
    client: await readClient(client, given),
    nameId,
    people: people === undefined ? undefined : await readPeople(people),
    identitySource,
    at,
    horizonDays: horizon,
    remedies,
  })
}

async function readPeople(path: string): Promise<NonNullable<RehearsalInput['people']>> {
  const { csvEntries } = await import('../../provisioning/kit/directory/csv.ts')
  const { createReadingProblems } = await import('../../provisioning/kit/directory/problems.ts')
  const problems = createReadingProblems()
  const entries = await csvEntries(await readTextArgument(path), path, problems)
  const people = entries.map(({ place, value: { aws, source } }) => {
    if (typeof aws === 'string' && typeof source === 'string') return { aws, source }
    problems.error(place, 'has no value for aws or for source.')
    return { aws: '', source: '' }
  })
  if (problems.errors.length > 0) throw mistakesIn(problems.errors)
  return people
}

async function againstExport(path: string, given: RehearseFlags, { json }: Session): Promise<Play> {
  const { instance, scimTenant, allowMissing, allowEqualDuplicates, maxObjects } = given
  const options = compact({ instance, scimTenant, allowMissing, allowEqualDuplicates, maxObjects })
  const switches = await readSwitches(given.switch, 'aws')
  const { limitsOfExport, rehearseInThread } = await import('../../insight/rehearsal/in-thread.ts')
  const limits = limitsOfExport(maxObjects)
  const profile = { name: 'aws', switches, declared: noDeclarations } as const
  return input => {
    const body = new TextEncoder().encode(JSON.stringify(input))
    const data = { body, now: Date.now(), profile } as const
    return playWithProgress(json, async run => {
      const portions = await withExport(path, source =>
        rehearseInThread({ ...data, target: { source, options } }, {}, run, limits),
      )
      const report: Rehearsal = JSON.parse(portions.join(''))
      return report
    })
  }
}

function againstTenant(tenant: string, given: RehearseFlags, { api }: Session): Play {
  refuseFlagsOfExports(given)
  return body => api.patient('POST /tenants/:tenant/rehearsal', { params: { tenant }, body })
}

async function writeDocuments(result: Rehearsal, { markdown, html, csv }: RehearseFlags): Promise<void> {
  if (markdown === undefined && html === undefined && csv === undefined) return
  const { toCsv, toHtml, toMarkdown } = await import('../../domain/rehearsal/plan-documents.ts')
  const write = async (file: string | undefined, print: (result: Rehearsal) => string) => {
    if (file !== undefined) await writeOutput(file, print(result))
  }
  await write(markdown, toMarkdown)
  await write(html, toHtml)
  await write(csv, toCsv)
}

/** Rows of a table on a terminal. */
const maxRows = 20

async function formatRehearsal(result: Rehearsal, layout: Layout): Promise<string> {
  const { reportOf } = await import('../../domain/rehearsal/plan.ts')
  const [summary, ...sections] = reportOf(result, maxRows)
  const head = [`Rehearsal of ${result.client} against ${result.directory}.`, ...(summary?.lines ?? [])]
  return [
    head.map(line => `${printable(line)}\n`).join(''),
    ...sections.map(section => formatSection(section, layout)),
  ].join('\n')
}

export const rehearse = program(
  'rehearse <target> <source...>',
  {
    flags,
    help: [
      '',
      'The target is a folder or archive of what the AWS CLI printed, or tenant:ID, a tenant of the running server. The',
      'sources are exports of the new identity provider: files, or a folder of such files. Nothing is changed.',
      'Exit code 0: no person loses access, and nothing is refused or deleted. 1: otherwise, or if it is unknown. 2: unusable input.',
    ].join('\n'),
  },
  run,
)
