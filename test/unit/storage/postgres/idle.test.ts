import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createAnalysisWorker } from '../../../../src/insight/analysis/worker.ts'
import { openPostgresEngine } from '../../../../src/storage/postgres/engine.ts'
import { until } from '../../../support/cluster.ts'
import { skipWithoutPrograms } from '../../../support/postgres.ts'
import { startPostgresServer } from '../../../support/postgres-server.ts'

t.test('while nothing happens, an instance only renews its lease', { skip: skipWithoutPrograms }, async t => {
  const server = await startPostgresServer({ settings: { log_statement: 'all', log_line_prefix: '' } })
  t.teardown(server.remove)
  const log = { info: () => {}, warn: () => {}, error: (error: unknown) => t.error(error) }
  const open = async () => {
    const engine = await openPostgresEngine({ url: server.url, retention: { count: 100, days: 1 }, log })
    const { journal, leader, tenants } = engine
    const worker = createAnalysisWorker({
      ...{ journal, leader, tenants, store: engine.analysis, readsAtOnce: 1 },
      diagnose: () => [],
      onError: error => t.error(error),
    })
    worker.start()
    const leaveJournal = journal.subscribe(() => {})
    t.teardown(async () => {
      leaveJournal()
      await worker.stop()
      await engine.close()
    })
    return engine
  }
  const engines = await Promise.all([open(), open()])
  let leaders = 0
  for (const { leader } of engines) t.teardown(leader.lead(async () => void leaders++))
  await until(() => leaders === 1)

  /** The first line of each statement, of which the server writes further lines indented. */
  const statements = () =>
    readFileSync(join(server.folder, 'server.log'), 'utf8')
      .split(/^LOG: {2}/m)
      .filter(entry => /^(?:execute|statement)/.test(entry))
  const isRenewal = (statement: string) => statement.includes('update instances')
  // What joining, leading and subscribing begin ends within a second.
  const renewed = async (count: number) => {
    const before = statements().filter(isRenewal).length
    await until(() => statements().filter(isRenewal).length >= before + count)
  }
  await renewed(6)
  const statementsBeside = async (count: number) => {
    const quiet = statements().length
    await renewed(count)
    return statements()
      .slice(quiet)
      .filter(statement => !isRenewal(statement))
  }
  // A timer that fires a moment before the renewal is due looks for changes instead, which is rare.
  let others = await statementsBeside(6)
  for (let again = 0; others.length > 0 && again < 2; again++) others = await statementsBeside(6)
  t.same(others, [])
})
