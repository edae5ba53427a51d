import t from 'tap'
import { serverFor } from './server.ts'

t.test('compact reports the size of the database before and after', async t => {
  const { cli } = await serverFor(t)
  t.match(await cli('compact'), {
    code: 0,
    out: /^The database has \d+\.\d MiB; it had \d+\.\d MiB\.\n$/,
    err: '',
  })
  t.match(JSON.parse((await cli('compact', '--json')).out), { before: Number, after: Number })
})
