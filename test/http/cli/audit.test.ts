import { readFileSync } from 'node:fs'
import t from 'tap'
import { settled } from './run.ts'
import { serverFor } from './server.ts'

t.test('console tokens are created, listed and deleted', async t => {
  const { cli } = await serverFor(t)
  t.same(await cli('console-tokens'), {
    code: 0,
    out: 'There are no console tokens. Create one with `scimulator console-tokens create`.\n',
    err: '',
  })
  const created = await cli(
    'console-tokens',
    'create',
    'ci',
    '--scope',
    'write,read',
    '--for',
    '30d',
    '--json',
  )
  t.equal(created.code, 0, created.err)
  const token = JSON.parse(created.out)
  t.match(token, { name: 'ci', scope: 'write', value: /^scimulator-console-/ })
  const other = await cli('console-tokens', 'create', 'prometheus', '--scope', 'metrics')
  t.match(
    other.out,
    /^token {3,}\S+\nname {4,}prometheus\nscope {3,}metrics\nexpires {1,}\S+\nvalue {3,}scimulator-console-\S+\n\nThe token is shown once\.\n$/,
  )
  const listed = await cli('console-tokens', 'list')
  t.notMatch(listed.out, token.value)
  t.match(
    settled(listed).out,
    /^token +name +scope +ends in +created +expires +requests +last used\nsome-uuid +prometheus +metrics .*\nsome-uuid +ci +write .*\n$/,
  )
  t.same(await cli('console-tokens', 'delete', token.id), {
    code: 0,
    out: `Deleted console token ${token.id}.\n`,
    err: '',
  })
  t.match(await cli('console-tokens', 'delete', token.id), { code: 1, err: /^scimulator: Not found: / })
  t.match(await cli('console-tokens', 'create', 'x', '--scope', 'read,all'), {
    code: 2,
    err: /expected metrics, read, write, destroy, or several/,
  })
  t.match(await cli('console-tokens', 'create', 'x', '--for', '9999d'), {
    code: 1,
    err: /one minute to 3 years/,
  })
})

t.test('an action that a console token may not do names the scope and how to get it', async t => {
  const { cli } = await serverFor(t)
  const { value } = JSON.parse(
    (await cli('console-tokens', 'create', 'ci', '--scope', 'write', '--json')).out,
  )
  t.same(await cli('--console-token', value, 'clock', 'advance', '400d'), {
    code: 1,
    out: '',
    err: 'scimulator: Not allowed: A clock that is more than one hour ahead of real time can expire credentials, and it cannot be moved back. The scope of the console token "ci" is write. This needs a console token with the scope destroy: create one in the console, or with `scimulator console-tokens create NAME --scope destroy`.\n',
  })
  t.match(await cli('--console-token', value, 'clock', 'advance', '1h'), { code: 0 })
})

t.test('TS-171 the audit log is listed, searched and exported', async t => {
  const { cli } = await serverFor(t)
  t.same(await cli('audit'), { code: 0, out: 'No matching entries.\n', err: '' })
  await cli('snapshot', 'delete', 'nothing')
  await cli('reset', '--yes')
  t.same(settled(await cli('audit')).out.split('\n'), [
    'time                  who         operation       tenant  objects  status  problem    client IP',
    'AAAA-MM-DDThh:mm:ssZ  no sign-in  reset           -       acme     200     -          127.0.0.1',
    'AAAA-MM-DDThh:mm:ssZ  no sign-in  deleteSnapshot  -       nothing  404     not-found  127.0.0.1',
    '',
  ])
  const { out } = await cli('audit', 'list', 'operation:snapshot', '--json')
  t.match(JSON.parse(out), { items: [{ operation: 'deleteSnapshot', objects: ['nothing'] }] })
  t.match(await cli('audit', 'list', 'operation:'), { code: 1, err: /Invalid search: / })
  const lines = (await cli('audit', 'export', 'status:2xx')).out.trimEnd().split('\n')
  t.same(
    lines.map(line => JSON.parse(line).operation),
    ['reset'],
  )
  const file = `${t.testdir()}/audit.csv`
  t.same(await cli('audit', 'export', '--format', 'csv', '-o', file), {
    code: 0,
    out: `Saved to ${file}.\n`,
    err: '',
  })
  t.match(
    readFileSync(file, 'utf8'),
    /^id,at,caller,[^\n]*\r\n[^\n]*,reset,[^\n]*\r\n[^\n]*,deleteSnapshot,[^\n]*\r\n$/,
  )
})
