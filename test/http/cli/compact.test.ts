import t from 'tap'
import { serverFor } from './server.ts'

t.test('compact reports the size of the database before and after', async t => {
  const { cli } = await serverFor(t)
  t.match(await cli('compact'), {
    code: 0,
    out: /^Database size: \d+\.\d MiB \(before: \d+\.\d MiB\)\.\n$/,
    err: '',
  })
  t.match(JSON.parse((await cli('compact', '--json')).out), { before: Number, after: Number })
})
