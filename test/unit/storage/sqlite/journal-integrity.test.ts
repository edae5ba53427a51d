import { copyFileSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { Writable } from 'node:stream'
import pino from 'pino'
import t, { type Test } from 'tap'
import { openServices } from '../../../../src/server/compose.ts'
import { anExchange } from '../../../contract/journal.ts'

type Entry = { readonly level: number; readonly msg: string }

/** Starts servers over one database, whose log is collected. `until` resolves with the next entry that matches. */
function createServers(t: Test) {
  const path = `${t.testdir({})}/x.db`
  const entries: Entry[] = []
  let wake = () => {}
  const log = new Writable({
    write(line, _encoding, done) {
      entries.push(JSON.parse(String(line)))
      wake()
      done()
    },
  })
  const start = async () => {
    const services = await openServices({ path, profile: 'rfc' }, pino({ level: 'info' }, log))
    t.teardown(services.close)
    return services
  }
  const until = async (pattern: RegExp): Promise<Entry> => {
    for (;;) {
      const found = entries.find(({ msg }) => pattern.test(msg))
      if (found) return found
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  return { path, journal: `${path}.journal`, entries, start, until }
}

/** Starts a server that records an exchange, and stops it. */
async function record({ start }: ReturnType<typeof createServers>, number: number): Promise<void> {
  const services = await start()
  services.journal.record(anExchange(number))
  await services.journal.prune(Date.now())
  await services.close()
}

t.test('a journal that was deleted while the server was stopped is reported at the start, once', async t => {
  const servers = createServers(t)
  await record(servers, 1)
  t.same(servers.entries, [])
  for (const ending of ['', '-wal', '-shm']) rmSync(servers.journal + ending, { force: true })
  await record(servers, 2)
  t.match(servers.entries.splice(0), [
    {
      level: 40,
      msg: new RegExp(`^the journal ${servers.journal} is missing: it was there on 20.*stop the server`),
    },
  ])
  await record(servers, 3)
  t.same(servers.entries, [])
})

t.test('an older copy of the journal is reported at the start, and a later state is not', async t => {
  const servers = createServers(t)
  await record(servers, 1)
  copyFileSync(servers.journal, `${servers.path}.copy`)
  copyFileSync(servers.path, `${servers.path}.early`)
  await record(servers, 2)
  copyFileSync(`${servers.path}.copy`, servers.journal)
  await record(servers, 3)
  t.match(servers.entries.splice(0), [
    { level: 40, msg: /is an older copy than the one that was there on 20/ },
  ])
  copyFileSync(`${servers.path}.early`, servers.path)
  await record(servers, 4)
  t.same(servers.entries, [])
})

t.test('a journal that is deleted while the server runs is reported, and can still be read', async t => {
  const servers = createServers(t)
  const { journal } = await servers.start()
  journal.record(anExchange(1))
  await journal.extent()
  renameSync(servers.journal, `${servers.path}.away`)
  let number = 1
  const timer = setInterval(() => journal.record(anExchange(++number)), 50)
  t.teardown(() => clearInterval(timer))
  t.match(await servers.until(/was deleted while the server runs.*export what you need/), { level: 50 })
  clearInterval(timer)
  t.equal((await journal.find('exchange-1'))?.id, 'exchange-1')
})

t.test('a read that meets a damaged page names the journal, and so does the log, once', async t => {
  const servers = createServers(t)
  const before = await servers.start()
  const body = 'x'.repeat(10_000)
  for (let number = 1; number <= 200; number++)
    before.journal.record(anExchange(number, { request: { headers: {}, body } }))
  await before.close()
  const file = openSync(servers.journal, 'r+')
  // All but the first pages, which have the schema.
  const from = statSync(servers.journal).size / 2
  for (let at = Math.ceil(from / 16_384) * 16_384; at < statSync(servers.journal).size; at += 16_384)
    writeSync(file, Buffer.alloc(16_384, 0xff), 0, 16_384, at)
  const { journal, close } = await servers.start()
  const damaged = {
    name: 'DamagedJournalError',
    message: new RegExp(`^The journal ${servers.journal} is damaged .*Stop the server, and move this file`),
  }
  const readAll = async () => {
    let count = 0
    for await (const exchanges of journal.batches({})) count += exchanges.length
    return count
  }
  await t.rejects(readAll(), damaged)
  await t.rejects(journal.page({ limit: 200 }), damaged)
  t.match(
    servers.entries.filter(({ msg }) => msg.includes('is damaged')),
    [{ level: 50, msg: damaged.message }],
  )
  await close()
})
