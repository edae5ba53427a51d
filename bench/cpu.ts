import { existsSync } from 'node:fs'
import { type Case, selectedCases } from './cases.ts'
import type { BenchOptions, Fixture } from './fixture.ts'
import type { PartResult } from './part.ts'
import { median } from './statistics.ts'
import { table } from './table.ts'
import {
  measureInTurns,
  type Results,
  type Servers,
  scimulatorsIn,
  serveScimulators,
  stopAll,
  type Turn,
  type TurnLimits,
} from './turns.ts'

/** Short turns: the more there are, the more likely one of them runs without other load. */
const requestsPerTurn = 1_000
const turnsPerTurn = 2
/** A page has the bytes of many users, and a write takes longer than a read. */
const shares: Readonly<Record<string, number>> = { 'page of 100': 0.15, create: 0.5, 'disable by PATCH': 0.5 }
/** Turns before the first that counts: V8 has optimized the path of a request after some 15,000 requests. */
const warmUpTurns = 20

const limitsOf = ({ name }: Case, { turns }: BenchOptions): TurnLimits => {
  const requests = requestsPerTurn * (shares[name] ?? 1)
  return { turns: turns * turnsPerTurn, warmUp: { requests: requests * warmUpTurns }, turn: { requests } }
}

/**
 * What a request costs a server: CPU time and bytes on disk. These figures vary little on a machine that does other work, which only
 * adds to CPU time, so the least of the turns counts.
 */
export async function cpu(fixture: Fixture, options: BenchOptions): Promise<PartResult> {
  if (!existsSync('/proc/self/schedstat'))
    return { text: 'Skipped: this system does not count the CPU time of threads.\n' }
  const scimulators = scimulatorsIn(fixture)
  const servers: Servers = {
    limit: await fixture.serveLimit('durable'),
    ...(await serveScimulators(fixture)),
  }
  servers.limit?.pause()
  try {
    const tables: Record<'mainThread' | 'ratios' | 'process' | 'written', string[][]> = {
      mainThread: [],
      ratios: [],
      process: [],
      written: [],
    }
    const figures: Record<'base' | 'now', Record<string, number>> = { base: {}, now: {} }
    for (const one of selectedCases(options)) {
      const results = await measureInTurns(one, servers, limitsOf(one, options))
      const least = (name: string) => leastOf(results, name, 'mainThread')
      const names = Object.keys(servers)
      tables.mainThread.push([one.name, ...names.map(name => timeOf(results, name, 'mainThread'))])
      tables.process.push([one.name, ...names.map(name => timeOf(results, name, 'process'))])
      tables.written.push([one.name, ...names.map(name => (writtenOf(results, name) / 1000).toFixed(1))])
      tables.ratios.push([
        one.name,
        ...scimulators.map(({ name }) => (least(name) / least('limit')).toFixed(2)),
        ...changesOf(fixture, least),
      ])
      for (const { name, version, profile } of scimulators) {
        const ratio = least(name) / least('limit')
        if (Number.isFinite(ratio)) figures[version][`CPU of ${one.name}, ${profile}`] = ratio
        const written = writtenOf(results, name)
        if (Number.isFinite(written)) figures[version][`disk of ${one.name}, ${profile}`] = written / 1000
      }
    }
    const head = ['', ...Object.keys(servers)]
    const changes = fixture.base ? ['aws ÷ base', 'rfc ÷ base'] : []
    return {
      text: `Main thread, µs: least (median).

${table([head, ...tables.mainThread])}
Main thread: least, divided by that of the limit.

${table([['', ...scimulators.map(({ name }) => name), ...changes], ...tables.ratios])}
All threads, µs: least (median).

${table([head, ...tables.process])}
Written to disk, KB.

${table([head, ...tables.written])}`,
      figures: figures.now,
      base: figures.base,
    }
  } finally {
    await stopAll(servers)
  }
}

type Time = 'mainThread' | 'process'

const timesOf = (results: Results, name: string, time: Time): readonly number[] =>
  (results[name] ?? []).map(turn => turn[time] ?? Number.NaN)

const leastOf = (results: Results, name: string, time: Time): number =>
  Math.min(...timesOf(results, name, time))

/** `160 (171)`: least and median. */
const timeOf = (results: Results, name: string, time: Time): string =>
  `${leastOf(results, name, time).toFixed(0)} (${median(timesOf(results, name, time)).toFixed(0)})`

/** Bytes per request over all turns, since a checkpoint writes for many requests at once. */
const writtenOf = (results: Results, name: string): number => {
  const turns = results[name] ?? []
  const sum = (of: (turn: Turn) => number) => turns.reduce((all, turn) => all + of(turn), 0)
  return sum(({ written }) => written ?? Number.NaN) / sum(({ requests }) => requests)
}

const changesOf = ({ base }: Fixture, least: (name: string) => number): readonly string[] =>
  base ? ['aws', 'rfc'].map(profile => (least(profile) / least(`base ${profile}`)).toFixed(2)) : []
