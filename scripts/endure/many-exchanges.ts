import { statSync } from 'node:fs'
import pino from 'pino'
import type { Exchange } from '../../src/domain/journal/exchange.ts'
import { newRequestId } from '../../src/domain/journal/request-id.ts'
import { openServices } from '../../src/server/compose.ts'
import { databaseFiles } from '../../src/storage/sqlite/journal-file.ts'
import { inspect, requireConsistent } from './consistency.ts'
import { memoryFigures, ownSample, requireSteady, type Sample } from './memory-samples.ts'
import { number } from './spread.ts'
import { require, type Trial } from './trial.ts'

const kept = 100_000

export const manyExchanges: Trial = {
  id: 'many-exchanges',
  title: 'Ten million requests in the journal',
  statement: `A journal with a limit of ${number(kept)} requests stays at that size, in its files and in memory.`,
  isLongOnly: true,
  run: async ({ folder, size, report }) => {
    const file = `${folder}/scimulator.db`
    const exchanges = size(1_000, 10_000_000)
    const retention = { count: kept, days: 90 }
    const services = await openServices({ path: file, profile: 'rfc', retention }, pino({ level: 'silent' }))
    const began = performance.now()
    const sizes: number[] = []
    const memory: Sample[] = []
    const tenth = Math.ceil(exchanges / 10)
    for (let at = 1; at <= exchanges; at++) {
      services.journal.record(exchangeAt(at))
      if (at % 500 === 0) await services.journal.find('')
      if (at % tenth !== 0) continue
      const bytes = databaseFiles(file).reduce((sum, one) => sum + sizeOf(one), 0)
      sizes.push(Math.round(bytes / 1e6))
      memory.push(await ownSample())
      report(`${number(at)} requests`)
    }
    const seconds = (performance.now() - began) / 1000
    await services.journal.find('')
    await services.close()
    const left = inspect(file, db => {
      requireConsistent(db, 'afterwards')
      return db.prepare<[], number>('select count(*) from exchanges').pluck().get() ?? 0
    })
    requireSteady(memory)
    require(left <= kept * 1.1 + 1_000, `the journal has ${left} requests`)
    return [
      ['requests', number(exchanges)],
      ['stored at the end', number(left)],
      ['written per second', number(exchanges / seconds)],
      ['all files at each tenth, MB', sizes.join(', ')],
      ...memoryFigures(memory),
    ]
  },
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0
}

function exchangeAt(at: number): Exchange {
  const now = Date.now()
  const filter = encodeURIComponent(`userName eq "user-${at}@example.com"`)
  return {
    id: newRequestId(now),
    tenant: 'acme',
    profile: 'rfc',
    at: now,
    tenantTime: now,
    microseconds: 900,
    method: 'GET',
    url: `/acme/scim/v2/Users?filter=${filter}`,
    status: 200,
    operation: 'look-up',
    action: 'look up user by userName',
    target: { type: 'User' },
    request: { headers: { 'user-agent': 'endurance' } },
    response: { headers: {}, body: '{"totalResults":0,"itemsPerPage":0,"startIndex":1,"Resources":[]}' },
  }
}
