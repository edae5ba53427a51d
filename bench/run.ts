import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { analysis } from './analysis.ts'
import { awsApis } from './aws-apis.ts'
import { bystanders } from './bystanders.ts'
import { onHotPaths } from './cases.ts'
import { consolePage } from './console.ts'
import { cpu } from './cpu.ts'
import { credentials } from './credentials.ts'
import { entra } from './entra.ts'
import { type BenchOptions, createFixture, type Fixture } from './fixture.ts'
import { hotPaths } from './hot-paths.ts'
import { lists } from './lists.ts'
import { comparePages, loadsOfPage } from './page-loads.ts'
import type { PartResult } from './part.ts'
import { postgres } from './postgres.ts'
import { killServers } from './servers.ts'
import { start } from './start.ts'
import { storage } from './storage.ts'
import { number } from './table.ts'
import { compareWithTargets, type Figures } from './targets.ts'
import { checkoutAt, openVersion, ownRoot, type Version } from './version.ts'

/**
 * Measures Scimulator, and prints each part as it ends. The last table compares the figures with their targets, which are for
 * `--users 100000 --exchanges 100000`. Compare ratios: absolute numbers vary between machines and runs.
 *
 * The part `postgres` starts a server of PostgreSQL on this machine, and is skipped if none is installed.
 *
 *   npm run bench -- [--users N] [--exchanges N] [--seconds N] [--turns N] [--only PART,PART]
 *     [--operations NAME,NAME] [--base REF|DIR] [--this DIR]
 *
 * `--base` measures another checkout too: a folder, or a revision of this repository, which is built if this checkout is. `--this` measures
 * the checkout in a folder instead of this one. `--operations` names operations on hot paths. Other load on the machine changes the CPU time of a
 * request least:
 *
 *   npm run bench -- --only cpu --base REF --users 2000 --exchanges 100
 */
const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '10000' },
    exchanges: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '1' },
    turns: { type: 'string', default: '3' },
    only: { type: 'string' },
    operations: { type: 'string' },
    base: { type: 'string' },
    this: { type: 'string', default: ownRoot },
  },
})

type Part = {
  readonly title: string
  readonly explanation: string
  readonly run: (fixture: Fixture, options: BenchOptions) => Promise<PartResult>
  /** How the base is measured: by the part itself in the same turns, or by running the part on it first. Absent: not at all. */
  readonly base?: 'same turns' | 'first'
}

// In this order: the bystanders' slow work ends with a reset of the directory.
const parts: Readonly<Record<string, Part>> = {
  storage: {
    title: 'Size of the data',
    explanation: 'Pages of the database, in bytes: of a directory of users, and of the journal.',
    run: storage,
    base: 'first',
  },
  start: {
    title: 'Start',
    explanation:
      'From the start of the process until the first response with status 200, and the resident memory a second later.',
    run: start,
    base: 'first',
  },
  cpu: {
    title: 'The cost of a request',
    explanation: `25 connections, in alternating turns: what a server used for a request. Limit: a bare server that stores documents and user
names, with one commit on disk for each turn of its event loop.`,
    run: cpu,
    base: 'same turns',
  },
  'hot-paths': {
    title: 'Hot paths',
    explanation: `25 connections: requests per second (p99, ms), in alternating turns. Limit: a bare server that stores documents and
user names, with one commit on disk for each turn of its event loop. Limit with exchanges: a bare server that stores the same
rows as Scimulator, with synchronous=NORMAL and a transaction for each request. SCIMMY: a SCIM library for Express, over the same
database. Growth: the rate with 1,000 users divided by the one with all users.`,
    run: hotPaths,
    base: 'same turns',
  },
  lists: {
    title: 'Lists and bulk requests',
    explanation: 'Profile rfc, one connection, pages of 100: median (p99), ms.',
    run: lists,
  },
  'aws-apis': {
    title: 'The Identity Store API',
    explanation: `25 connections: requests per second (p99, ms), in alternating turns; pages of 100 memberships. Growth: the CPU time
of a request with all users, divided by that with 1,000.`,
    run: awsApis,
  },
  credentials: {
    title: 'Kinds of credentials',
    explanation: 'Profile rfc, reads of users by ID, 25 connections, in alternating turns: medians.',
    run: credentials,
  },
  bystanders: {
    title: 'Waits while slow work is done',
    explanation:
      'Profile rfc, all threads of the server on one core. A client reads users by ID, one after the other on one connection, while another client requests slow work once.',
    run: bystanders,
    base: 'first',
  },
  entra: {
    title: 'The provisioning client of Entra ID',
    explanation: 'Profile aws, one member per request, without a limit of its rate.',
    run: (_fixture, options) => entra(options),
  },
  analysis: {
    title: 'The analysis',
    explanation: `Exchanges that are analyzed per second beside the requests of a cycle of Entra ID at a given rate, and without requests
after a restart, in the profile rfc. All threads of the server are on one core, the driver on another.`,
    run: analysis,
    base: 'first',
  },
  postgres: {
    title: 'PostgreSQL next to SQLite',
    explanation: `Both engines with the same users: operations per second (p99, ms), in alternating turns. PostgreSQL runs on the same
machine, and each commit is on disk.`,
    run: postgres,
  },
  console: {
    title: 'The console',
    explanation: 'In a browser, with the whole journal.',
    run: consolePage,
  },
  pages: {
    title: 'Pages of the console',
    explanation: `Each page, opened ${loadsOfPage} times in a browser: medians. The content is complete when the last
request of the page has ended. The CPU time is that of all threads of the server.`,
    run: comparePages,
    base: 'same turns',
  },
}

const options: BenchOptions = {
  users: Number(values.users),
  exchanges: Number(values.exchanges),
  seconds: Number(values.seconds),
  turns: Number(values.turns),
  operations: values.operations?.split(','),
}
const selected = values.only?.split(',') ?? Object.keys(parts)
const operations = onHotPaths.map(({ name }) => name)
const unknown = [
  ...selected.filter(name => !Object.hasOwn(parts, name)),
  ...(options.operations ?? []).filter(name => !operations.includes(name)),
]
const { users, exchanges, seconds, turns } = options
if (unknown.length > 0 || ![users, exchanges, seconds, turns].every(value => value > 0)) {
  process.stderr.write(`bench: numbers must be positive, parts are ${Object.keys(parts).join(', ')}, and operations are \
${operations.join(', ')}.\n`)
  process.exit(2)
}

const print = (text: string) => process.stdout.write(`${text}\n`)

print(`${number(options.users)} users, ${number(options.exchanges)} requests in the journal, ${options.seconds} s per turn, medians of \
${options.turns} turns. Node.js ${process.versions.node}, ${cpus().length} cores.\n`)
const temporary = mkdtempSync(join(tmpdir(), 'scimulator-bench-versions-'))
process.once('exit', () => rmSync(temporary, { recursive: true, force: true }))
const measured = versionOf('this', () => checkoutAt(values.this))
const { base: baseName } = values
const base =
  baseName === undefined
    ? undefined
    : versionOf('base', () => openVersion(baseName, temporary, measured.isBuilt))
if (base) print(`Base: ${baseName}, in ${base.root}.\n`)
if (base && base.isBuilt !== measured.isBuilt)
  print(`${base.isBuilt ? measured.root : base.root} has no current build, and starts more slowly.\n`)
const baseFixture = base && createFixture(options, base)
const fixture: Fixture = { ...createFixture(options, measured), base: baseFixture }
process.once('exit', () => {
  killServers()
  fixture.close()
  baseFixture?.close()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

function versionOf(option: string, open: () => Version): Version {
  try {
    return open()
  } catch (error) {
    process.stderr.write(`bench: --${option}: ${(error as Error).message}.\n`)
    process.exit(2)
  }
}

const figures: Figures = { now: {}, base: {} }

/** The other parts take long, and do not depend on one that failed. */
async function runPart({ run }: Part, on: Fixture): Promise<PartResult> {
  try {
    const result = await run(on, options)
    print(result.text)
    return result
  } catch (error) {
    print(`This part failed.\n`)
    console.error(error)
    process.exitCode = 1
    return { text: '' }
  }
}

for (const [name, part] of Object.entries(parts)) {
  if (!selected.includes(name)) continue
  print(`## ${part.title}\n\n${part.explanation}\n`)
  if (baseFixture && part.base === 'first') {
    print('Base:\n')
    Object.assign(figures.base, (await runPart(part, baseFixture)).figures)
    print('Now:\n')
  }
  const result = await runPart(part, fixture)
  Object.assign(figures.now, result.figures)
  Object.assign(figures.base, result.base)
}
const comparison = compareWithTargets(figures)
if (comparison !== '') print(`## Targets\n\n${comparison}`)
// The PostgreSQL server stops with this process, and keeps it running.
process.exit()
