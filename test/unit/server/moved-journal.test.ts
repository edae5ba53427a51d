import { Writable } from 'node:stream'
import pino from 'pino'
import t from 'tap'
import { openServices } from '../../../src/server/compose.ts'
import { createEarlierDatabase } from '../../support/earlier-database.ts'

t.test('the first start after an upgrade logs that it moves the journal', async t => {
  const path = `${t.testdir({})}/x.db`
  createEarlierDatabase(path, 12_000).close()
  const messages: string[] = []
  const log = new Writable({
    write(line, _encoding, done) {
      messages.push(JSON.parse(String(line)).msg)
      done()
    },
  })
  const start = async () => {
    const services = await openServices({ path, profile: 'rfc' }, pino({ level: 'info' }, log))
    const { exchanges } = await services.journal.extent()
    await services.close()
    return exchanges
  }
  t.equal(await start(), 12_000)
  t.same(messages.splice(0), [
    'moving the journal: 10,000 of 12,000 requests',
    'moving the journal: 12,000 of 12,000 requests',
  ])
  t.equal(await start(), 12_000)
  t.same(messages, [])
})
