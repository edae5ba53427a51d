import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Size } from './data.ts'
import { type CaseName, load, type Measured, type Target } from './load.ts'
import { seedLimit } from './seed-limit.ts'
import { newcomersToken, seedScimulator } from './seed-scimulator.ts'

/**
 * Scimulator side by side with a bare server that reads and writes the same rows (`limit-server.ts`), in turns,
 * at a small and a large number of users and of members. Ratios are what counts: machines are noisy.
 *
 *   npm run bench [-- seconds a turn [turns]]
 */
const [seconds = 3, turns = 3] = process.argv.slice(2).map(Number)
const sizes: Readonly<Record<'small' | 'large', Size>> = {
  small: { users: 1_000, largeGroup: 500 },
  large: { users: 100_000, largeGroup: 50_000 },
}
const cases: readonly CaseName[] = ['create', 'look up by userName', 'get', 'disable by PATCH']
const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'

type Running = { readonly target: Target; readonly stop: () => Promise<void> }

async function start(script: readonly string[], baseOf: (line: string) => string | undefined) {
  const child: ChildProcess = spawn(process.execPath, [...script], { stdio: ['ignore', 'pipe', 'inherit'] })
  if (!child.stdout) throw new Error('the server has no output')
  for await (const line of createInterface({ input: child.stdout })) {
    const base = baseOf(line)
    if (base === undefined) continue
    const stop = async () => {
      child.kill('SIGTERM')
      await once(child, 'exit')
    }
    return { base, stop }
  }
  throw new Error(`${script[0]} ended before it listened`)
}

const here = (file: string) => new URL(file, import.meta.url).pathname

async function startLimit(folder: string, size: Size): Promise<Running> {
  const file = join(folder, 'limit.db')
  const seeded = seedLimit(file, size)
  const { base, stop } = await start([here('limit-server.ts'), file], line => line)
  return { target: { base, headers: {}, seeded }, stop }
}

async function startScimulator(folder: string, size: Size): Promise<Running> {
  const file = join(folder, 'scimulator.db')
  const seeded = await seedScimulator(file, tenant, token, size)
  const flags = ['--data', file, '--port', '0', '--console-port', '0', '--log-format', 'json']
  const { base, stop } = await start(
    [here('../src/cli/scimulator.ts'), ...flags],
    line => JSON.parse(line).endpoint,
  )
  const newcomers = {
    base: base.replace(`/${tenant}/`, `/${tenant}-newcomers/`),
    headers: { authorization: `Bearer ${newcomersToken}` },
  }
  return { target: { base, headers: { authorization: `Bearer ${token}` }, seeded, newcomers }, stop }
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const medianOf = (all: readonly Measured[]): Measured => ({
  perSecond: median(all.map(({ perSecond }) => perSecond)),
  p99: median(all.map(({ p99 }) => p99)),
})

type Pair = { readonly ours: Measured; readonly limit: Measured; readonly ratio: number }

async function compare(name: CaseName, ours: Target, limit: Target, group: 'small' | 'large'): Promise<Pair> {
  // One turn that doesn't count, in which both are compiled.
  await load(name, ours, group, seconds)
  await load(name, limit, group, seconds)
  const measured: { ours: Measured; limit: Measured }[] = []
  for (let turn = 0; turn < turns; turn++) {
    measured.push({
      ours: await load(name, ours, group, seconds),
      limit: await load(name, limit, group, seconds),
    })
  }
  return {
    ours: medianOf(measured.map(one => one.ours)),
    limit: medianOf(measured.map(one => one.limit)),
    ratio: median(measured.map(one => one.ours.perSecond / one.limit.perSecond)),
  }
}

type Row = { readonly name: string; readonly small: Pair; readonly large: Pair }

async function atSize<Result>(
  size: Size,
  measure: (ours: Target, limit: Target) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const ours = await startScimulator(folder, size)
  const limit = await startLimit(folder, size)
  try {
    return await measure(ours.target, limit.target)
  } finally {
    await Promise.all([ours.stop(), limit.stop()])
    rmSync(folder, { recursive: true })
  }
}

async function compareAll(ours: Target, limit: Target): Promise<readonly Pair[]> {
  const pairs: Pair[] = []
  for (const name of cases) pairs.push(await compare(name, ours, limit, 'small'))
  return pairs
}

const small = await atSize(sizes.small, compareAll)
const { users, members } = await atSize(sizes.large, async (ours, limit) => ({
  users: await compareAll(ours, limit),
  members: {
    small: await compare('add or remove a member', ours, limit, 'small'),
    large: await compare('add or remove a member', ours, limit, 'large'),
  },
}))

const rows: readonly Row[] = [
  ...cases.map((name, at) => ({ name, small: small[at] as Pair, large: users[at] as Pair })),
  { name: 'add or remove a member (10, 50,000)', ...members },
]

const number = (value: number) => Math.round(value).toLocaleString('en')
process.stdout.write(
  `${seconds} s a turn, ${turns} turns, 25 connections, medians. Small: 1,000 users (10 members); large: 100,000 users (50,000 members).\n` +
    'Ratio: requests a second against the bare server. Growth: requests a second, small against large.\n\n',
)
process.stdout.write(
  '| | small: req/s (p99 ms) | large: req/s (p99 ms) | limit, large: req/s (p99 ms) | ratio small | ratio large | growth |\n',
)
process.stdout.write('| --- | --- | --- | --- | --- | --- | --- |\n')
for (const { name, small, large } of rows) {
  const cell = ({ perSecond, p99 }: Measured) => `${number(perSecond)} (${p99})`
  const growth = small.ours.perSecond / large.ours.perSecond
  process.stdout.write(
    `| ${name} | ${cell(small.ours)} | ${cell(large.ours)} | ${cell(large.limit)} | ${small.ratio.toFixed(2)} | ${large.ratio.toFixed(2)} | ${growth.toFixed(2)} |\n`,
  )
}
