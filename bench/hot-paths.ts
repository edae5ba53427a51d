import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Size } from './data.ts'
import { type CaseName, load, type Target } from './load.ts'
import { type Measured, median, medianOf } from './median.ts'
import { seedLimit } from './seed-limit.ts'
import { newcomersToken, seedScimulator } from './seed-scimulator.ts'
import { serveLimit, serveScimulator } from './servers.ts'
import { cell, table } from './table.ts'

const sizes: Readonly<Record<'small' | 'large', Size>> = {
  small: { users: 1_000, largeGroup: 500 },
  large: { users: 100_000, largeGroup: 50_000 },
}
const cases: readonly CaseName[] = ['create', 'look up by userName', 'get', 'disable by PATCH']
const tenant = 'bench'
const token = 'a-token-for-the-benchmark-only'

type Turns = { readonly seconds: number; readonly turns: number }

type Running = { readonly target: Target; readonly stop: () => Promise<void> }

async function startLimit(folder: string, size: Size): Promise<Running> {
  const file = join(folder, 'limit.db')
  const seeded = seedLimit(file, size)
  const { base, stop } = await serveLimit(file)
  return { target: { base, headers: {}, seeded }, stop }
}

async function startScimulator(folder: string, size: Size): Promise<Running> {
  const file = join(folder, 'scimulator.db')
  const seeded = await seedScimulator(file, tenant, token, size)
  const { base, stop } = await serveScimulator(file)
  const newcomers = {
    base: base.replace(`/${tenant}/`, `/${tenant}-newcomers/`),
    headers: { authorization: `Bearer ${newcomersToken}` },
  }
  return { target: { base, headers: { authorization: `Bearer ${token}` }, seeded, newcomers }, stop }
}

type Pair = { readonly ours: Measured; readonly limit: Measured; readonly ratio: number }

async function compare(
  name: CaseName,
  [ours, limit]: readonly [Target, Target],
  group: 'small' | 'large',
  { seconds, turns }: Turns,
): Promise<Pair> {
  // Warm-up: compiles both.
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

async function atSize<Result>(
  size: Size,
  measure: (both: readonly [Target, Target]) => Promise<Result>,
): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'scimulator-bench-'))
  const ours = await startScimulator(folder, size)
  const limit = await startLimit(folder, size)
  try {
    return await measure([ours.target, limit.target])
  } finally {
    await Promise.all([ours.stop(), limit.stop()])
    rmSync(folder, { recursive: true })
  }
}

/** The operations of every client, at a small and a large number of users and of group members. */
export async function hotPaths(turns: Turns): Promise<string> {
  const compareAll = async (both: readonly [Target, Target]) => {
    const pairs: Pair[] = []
    for (const name of cases) pairs.push(await compare(name, both, 'small', turns))
    return pairs
  }
  const small = await atSize(sizes.small, compareAll)
  const { users, members } = await atSize(sizes.large, async both => ({
    users: await compareAll(both),
    members: {
      small: await compare('add or remove a member', both, 'small', turns),
      large: await compare('add or remove a member', both, 'large', turns),
    },
  }))
  const row = (name: string, small: Pair, large: Pair) => [
    name,
    cell(small.ours),
    cell(large.ours),
    cell(large.limit),
    small.ratio.toFixed(2),
    large.ratio.toFixed(2),
    (small.ours.perSecond / large.ours.perSecond).toFixed(2),
  ]
  return table([
    ['', 'small', 'large', 'bare server, large', 'ratio small', 'ratio large', 'growth'],
    ...cases.map((name, at) => row(name, small[at] as Pair, users[at] as Pair)),
    row('add or remove a member (10, 50,000)', members.small, members.large),
  ])
}
