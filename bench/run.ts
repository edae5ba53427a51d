import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { awsApis } from './aws-apis.ts'
import { bystanders } from './bystanders.ts'
import { consolePage } from './console.ts'
import { credentials } from './credentials.ts'
import { entra } from './entra.ts'
import { type BenchOptions, createFixture, type Fixture } from './fixture.ts'
import { hotPaths } from './hot-paths.ts'
import { lists } from './lists.ts'
import type { PartResult } from './part.ts'
import { postgres } from './postgres.ts'
import { killServers } from './servers.ts'
import { start } from './start.ts'
import { storage } from './storage.ts'
import { number } from './table.ts'
import { compareWithTargets } from './targets.ts'

/**
 * Measures Scimulator, and prints each part as it ends. The last table compares the figures with their targets, which are for
 * `--users 100000 --exchanges 100000`. Compare ratios: absolute numbers vary between machines and runs.
 *
 * The part `postgres` starts a server of PostgreSQL on this machine, and is skipped if none is installed.
 *
 *   npm run bench -- [--users N] [--exchanges N] [--seconds N] [--turns N] [--only PART,PART]
 */
const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '10000' },
    exchanges: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '1' },
    turns: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
})

type Part = {
  readonly title: string
  readonly explanation: string
  readonly run: (fixture: Fixture, options: BenchOptions) => Promise<PartResult>
}

// In this order: the bystanders' slow work ends with a reset of the directory.
const parts: Readonly<Record<string, Part>> = {
  storage: {
    title: 'Size of the data',
    explanation: 'Pages of the database, in bytes: of a directory of users, and of the journal.',
    run: storage,
  },
  start: {
    title: 'Start',
    explanation: 'From the start of the process until the first response with status 200.',
    run: start,
  },
  'hot-paths': {
    title: 'Hot paths',
    explanation: `25 connections: requests per second (p99, ms), in alternating turns. Limit: a bare server that stores documents and
user names, with one commit on disk for each turn of its event loop. Limit with exchanges: a bare server that stores the same
rows as Scimulator, with synchronous=NORMAL and a transaction for each request. Growth: the rate with 1,000 users divided by
the one with all users.`,
    run: hotPaths,
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
      'Profile rfc. A client reads users by ID, one after the other on one connection, while another client requests slow work once.',
    run: bystanders,
  },
  entra: {
    title: 'The provisioning client of Entra ID',
    explanation: 'Profile aws, one member per request, without a limit of its rate.',
    run: (_fixture, options) => entra(options),
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
}

const options: BenchOptions = {
  users: Number(values.users),
  exchanges: Number(values.exchanges),
  seconds: Number(values.seconds),
  turns: Number(values.turns),
}
const selected = values.only?.split(',') ?? Object.keys(parts)
const unknown = selected.filter(name => !Object.hasOwn(parts, name))
if (unknown.length > 0 || Object.values(options).some(value => !(value > 0))) {
  process.stderr.write(`bench: numbers must be positive, and parts are ${Object.keys(parts).join(', ')}.\n`)
  process.exit(2)
}

const print = (text: string) => process.stdout.write(`${text}\n`)

print(`${number(options.users)} users, ${number(options.exchanges)} requests in the journal, ${options.seconds} s per turn, medians of \
${options.turns} turns. Node.js ${process.versions.node}, ${cpus().length} cores.\n`)
const fixture = createFixture(options)
process.once('exit', () => {
  killServers()
  fixture.close()
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const figures: Record<string, number> = {}
for (const [name, { title, explanation, run }] of Object.entries(parts)) {
  if (!selected.includes(name)) continue
  print(`## ${title}\n\n${explanation}\n`)
  try {
    const result = await run(fixture, options)
    print(result.text)
    Object.assign(figures, result.figures)
  } catch (error) {
    // The other parts take long, and do not depend on this one.
    print(`This part failed.\n`)
    console.error(error)
    process.exitCode = 1
  }
}
const comparison = compareWithTargets(figures)
if (comparison !== '') print(`## Targets\n\n${comparison}`)
// The PostgreSQL server stops with this process, and keeps it running.
process.exit()
