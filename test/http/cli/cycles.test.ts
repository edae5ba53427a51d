import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { serverFor } from './server.ts'

const patched = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'Replace', path: 'title', value: 'Mayor' }],
}

t.test('the cycles of clients are listed', async t => {
  const { cli, scim } = await serverFor(t)
  t.match(await cli('cycles'), { code: 0, out: 'No client has come yet.\n' })
  const { id } = await scim('POST', '/Users', aUser('anna'))
  await scim('PATCH', `/Users/${id}`, patched)
  const { code, out } = await cli('cycles', '--tenant', 'acme')
  const [head = '', line = '', ...rest] = out.split('\n')
  t.equal(code, 0)
  t.match(
    head,
    /^started +tenant +token +kind +dialect +requests +created +changed +disabled +deleted +failed +next +cycle$/,
  )
  t.match(line, /^\S+Z +acme +\S+ +cycle, running +default +2 +1 +1 +0 +0 +0 +\S+Z +[0-9a-f-]{36}$/)
  t.same(rest, [''])
  t.match(await cli('cycles', '--tenant', 'nobody'), { code: 0, out: 'No client has come yet.\n' })
  t.match(JSON.parse((await cli('cycles', '--json')).out), { items: [{ tenant: 'acme', requests: 2 }] })
})

t.test('what was found is told with how to mend it', async t => {
  const { cli, scim } = await serverFor(t)
  t.match(await cli('findings'), { code: 0, out: 'Nothing was found.\n' })
  const { id } = await scim('POST', '/Users', aUser('anna'))
  await scim('PATCH', `/Users/${id}`, patched)
  const { code, out } = await cli('findings', '--tenant', 'acme')
  t.equal(code, 0)
  t.match(out, /^note: PATCH operations in capitals$/m)
  t.match(out, /^ {2}finding +client\/capitalised-operations$/m)
  t.match(out, /^ {2}found +1 time, about 1, last at \S+Z$/m)
  t.match(out, /^ {2}for example +anna: An operation says "Replace"\.$/m)
  t.match(out, /^ {2}mend +\S/m)
  t.match(JSON.parse((await cli('findings', '--json')).out), { waiting: 0 })
  t.match(await cli('findings', '--tenant', 'nobody'), { code: 1, err: /There is no tenant "nobody"/ })
})
