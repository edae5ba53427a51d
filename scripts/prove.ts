import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

/**
 * Long proofs; the tests run a share of each.
 *
 *   npm run prove -- journal-rows [--requests 10000] [--seed 1] [--postgres] [--base d9a1c0a6] [--checkout FOLDER]
 *
 * sends the recorded traffic and random requests to the version of a commit and to the one in a folder, this one by default, and
 * compares all rows that they record. With `--postgres`, that one stores them in PostgreSQL.
 * With `--write`, it writes the rows of the commit that the tests compare with.
 *
 *   npm run prove -- faults [--only ID|NUMBER,…] [--processes 2]
 *
 * runs the rfc suite on servers with one fault each, and compares its report with test/compliance/faults.
 *
 *   npm run prove -- drafts [--only ID,…]
 *
 * runs the suites of drafts on servers with one fault each: the check of the fault fails, and no other.
 *
 *   npm run prove -- servers [--only NAME,…] [--server NAME=URL --token TOKEN] [--sample 100 --seed 1] [--write]
 *
 * runs the suites on servers of other designs, and compares the failures with test/compliance/stubs/failures.json. A sample
 * is printed with its requests and responses. With `--write`, new failures are added without a verification, which the test rejects. The
 * server of Better Auth is started by scripts/prove/compliance/better-auth.ts.
 *
 *   npm run prove -- predictions
 *
 * compares what the entra suite predicts of other servers with what a job does to them.
 *
 *   npm run prove -- daily
 *
 * runs the test files that test a share of something a day, with all of it.
 *
 *   npm run prove -- rehearsal [--pairs 200] [--seed 1] [--postgres]
 *
 * compares what a rehearsal predicts with what the same client does over HTTP to a server that imported the AWS directory.
 *
 *   npm run prove -- interoperability [--server NAME=URL --token TOKEN] [--write]
 *
 * runs the suites of the drafts on the profiles, SCIMMY and the named server, and plays clients against the profile interop;
 * docs/interoperability.md is generated from what --write stores.
 *
 *   npm run prove -- reality [--seeds 100] [--seed 1]
 *
 * gives an upstream random switches, and lets the search name them by GETs that clients send, and by random ones.
 *
 *   npm run prove -- aws-round-trip [--users 5000]
 *
 * exports an AWS directory by the AWS CLI and by the SDK, imports it, exports it again, and compares.
 *
 *   npm run prove -- aws-scale [--users 100000]
 *
 * imports an AWS directory and rehearses a change of it, and measures time, memory and how long another client waits.
 *
 *   npm run prove -- postgres-scale [--users 2000000]
 *
 * compares the CPU time of requests with many users in one tenant on PostgreSQL and with 1,000, reads the plans of their statements, and
 * looks for creations of two instances that wait for each other.
 *
 *   npm run prove -- damaged [--runs 500]
 *
 * damages exports of AWS directories: each must be refused with the file that is damaged, or read as if it were not.
 *
 *   npm run prove -- backup [--runs 20] [--seed 1] [--postgres]
 *
 * makes backups under load, and restores them: everything that was acknowledged before is there. It also kills backups and restores.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    requests: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    base: { type: 'string' },
    checkout: { type: 'string' },
    postgres: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    processes: { type: 'string', default: '2' },
    server: { type: 'string' },
    token: { type: 'string' },
    sample: { type: 'string', default: '0' },
    pairs: { type: 'string', default: '200' },
    seeds: { type: 'string', default: '100' },
    runs: { type: 'string' },
    users: { type: 'string' },
  },
})
const { server, token } = values
const only = values.only.flatMap(names => names.split(','))
const [seed, processes, sample] = [values.seed, values.processes, values.sample].map(Number)
const print = (line: string) => process.stdout.write(`${line}\n`)

/** Each is loaded when it is named. Resolves with whether it is proven; undefined if nothing had to be proven. */
const proofs: Readonly<Record<string, () => Promise<boolean | undefined>>> = {
  'journal-rows': async () => {
    const { runJournalRows } = await import('./prove/journal-rows/command.ts')
    return runJournalRows({ ...values, seed: seed ?? 1, requests: Number(values.requests), print })
  },
  faults: async () => {
    const { proveFaults } = await import('./prove/compliance/faults.ts')
    return proveFaults({ only, processes: processes ?? 2, print })
  },
  drafts: async () => {
    const { proveDraftMutants } = await import('../test/compliance/mutants/drafts.ts')
    return proveDraftMutants(only, print)
  },
  servers: async () => {
    const { proveServers } = await import('./prove/compliance/servers.ts')
    return proveServers({
      only,
      server,
      token,
      sample: sample ?? 0,
      seed: seed ?? 1,
      write: values.write,
      print,
    })
  },
  predictions: async () => {
    const { provePredictions } = await import('./prove/compliance/predictions.ts')
    return provePredictions(print)
  },
  daily: async () => {
    const { status } = spawnSync('npm', ['test', '--', ...filesWithShares()], {
      env: { ...process.env, DAILY: 'all' },
      stdio: 'inherit',
    })
    return status === 0
  },
  rehearsal: async () => {
    const { proveRehearsal } = await import('./prove/rehearsal/prove.ts')
    return proveRehearsal({ pairs: Number(values.pairs), seed: seed ?? 1, postgres: values.postgres, print })
  },
  interoperability: async () => {
    const { proveInteroperability } = await import('./prove/interoperability.ts')
    return proveInteroperability({ server, token, write: values.write, print })
  },
  reality: async () => {
    const { proveReality } = await import('../test/support/reality-seeds.ts')
    return proveReality({ seeds: Number(values.seeds), first: seed ?? 1, print })
  },
  'aws-round-trip': async () => {
    const { proveRoundTrip } = await import('./prove/aws-directory/round-trip.ts')
    return proveRoundTrip(Number(values.users ?? 5000), print)
  },
  'aws-scale': async () => {
    const { proveScale } = await import('./prove/aws-directory/scale.ts')
    return proveScale(Number(values.users ?? 100_000), print)
  },
  'postgres-scale': async () => {
    const { provePostgresScale } = await import('./prove/postgres-scale/prove.ts')
    return provePostgresScale(Number(values.users ?? 2_000_000), print)
  },
  damaged: async () => {
    const { proveDamaged } = await import('../test/support/damaged-exports.ts')
    return proveDamaged(Number(values.runs ?? 500), print)
  },
  backup: async () => {
    const { provePostgresBackups, proveSqliteBackups } = await import('./prove/backup.ts')
    const prove = values.postgres ? provePostgresBackups : proveSqliteBackups
    const runs = Number(values.runs ?? 20)
    return prove({ runs, kills: 2 * runs, seed: seed ?? 1, print })
  },
}

const filesWithShares = (): readonly string[] => [
  'test/browser/stories.test.ts',
  ...globSync('test/**/*.test.ts').filter(file => /todays\.ts|DAILY/.test(readFileSync(file, 'utf8'))),
]

const prove = positionals.length === 1 ? proofs[positionals[0] ?? ''] : undefined
if (!prove) {
  process.stderr.write(`Name a proof: ${Object.keys(proofs).join(', ')}.\n`)
  process.exit(2)
}
const isProven = await prove()
if (isProven !== undefined) {
  print(isProven ? 'Proven.' : 'Not proven.')
  process.exitCode = isProven ? 0 : 1
}
