import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import type { Retention } from '../../../src/domain/ports/journal.ts'
import { openServices } from '../../../src/server/compose.ts'
import { plenty } from '../../contract/journal.ts'
import { createEarlierDatabase } from '../../support/earlier-database.ts'

t.test(
  'the first start after an upgrade logs that it moves the journal, and later ones name limits before they delete',
  async t => {
    const path = `${t.testdir({})}/x.db`
    createEarlierDatabase(path, 12_000).close()
    const messages: string[] = []
    const log = new Writable({
      write(line, _encoding, done) {
        messages.push(JSON.parse(String(line)).msg)
        done()
      },
    })
    const openWith = (retention: Retention = plenty) =>
      openServices({ path, profile: 'rfc', retention }, pino({ level: 'info' }, log))
    const start = async () => {
      const services = await openWith()
      const { exchanges, keepBytes } = await services.journal.extent()
      await services.close()
      t.equal(keepBytes, undefined, 'without a limit in bytes until one is set')
      return exchanges
    }
    t.equal(await start(), 12_000)
    t.same(messages.splice(0), [
      'moving the journal: 10,000 of 12,000 requests',
      'moving the journal: 12,000 of 12,000 requests',
    ])
    t.equal(await start(), 12_000)
    t.same(messages, [])

    const { journal, close } = await openWith({ ...plenty, count: 11_000, bytes: 30_000_000 })
    const pruned = journal.prune(Date.now())
    while (messages.length < 2) await new Promise(setImmediate)
    t.match(messages.splice(0), [
      'The journal has 12,000 requests with valid credentials, and its limit is 11,000: from now on, the oldest are deleted. --keep-exchanges changes the limit.',
      'The journal has 36.9 MB of requests with valid credentials, and its limit is 27 MB: from now on, the oldest are deleted. The limit is nine tenths of --keep-bytes.',
    ])
    await pruned
    const { exchanges, bytes } = await journal.extent()
    t.ok(exchanges < 9000 && bytes <= 27_000_000, `${exchanges} requests with ${bytes} bytes`)
    await close()
  },
)
