import t from 'tap'
import { main } from '../../scim-compliance/main.ts'
import { smallServer } from './small-server.ts'

t.test('a server that drops the first request, or never answers it, can’t be graded', async t => {
  const said: string[] = []
  t.intercept(process.stderr, 'write', { value: (text: string) => said.push(text) > 0 })
  for (const answers of [async () => undefined, () => new Promise<undefined>(() => {})]) {
    const { url } = await smallServer(t, answers)
    t.equal(await main([url, '--timeout', '0.1', '--quiet']), 2)
    t.match(said.splice(0), [
      /^scim-compliance: \S+ can’t be graded: it gave no answer to the first request \(.*\)\.\n$/,
    ])
  }
})
