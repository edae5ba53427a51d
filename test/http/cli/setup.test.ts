import { writeFileSync } from 'node:fs'
import t from 'tap'
import { settled } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('the sample is provisioned, and its result is shown', async t => {
  const { cli } = await serverFor(t, { profile: 'aws' })
  t.same(await cli('sample'), {
    code: 0,
    out: 'Sent 44 requests to tenant acme: 10 created, 12 modified, 0 failed.\n',
    err: '',
  })
  const { out } = await cli('sample', '--tenant', 'acme', '--json')
  t.same(JSON.parse(out), { requests: 22, created: 0, modified: 8, failed: 0 })
  t.match(await cli('sample', '--tenant', 'nobody'), { code: 1, err: /There is no tenant "nobody"/ })
})

t.test('the setup is a list of steps with the next one', async t => {
  const { cli, asEntra, url } = await serverFor(t)
  await asEntra('GET', '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22')
  await cli('clock', 'advance', '6h40m')
  await asEntra('POST', '/Users', { schemas: [userSchema], userName: 'anna' })
  const { code, out, err } = settled(await cli('setup'))
  t.same({ code, err }, { code: 0, err: '' })
  t.same(out.split('\n').slice(0, -2), [
    `Tenant URL  ${url}`,
    '',
    '[x] Access token generated (AAAA-MM-DDThh:mm:ssZ)',
    '[x] First request from Entra ID (AAAA-MM-DDThh:mm:ssZ)',
    '[x] Test Connection succeeds (AAAA-MM-DDThh:mm:ssZ)',
    '[x] First user created (AAAA-MM-DDThh:mm:ssZ +6 h 40 min)',
    '[ ] First group created',
    '[ ] First member added to a group',
    '[ ] First user disabled',
    '[ ] First user deleted',
    '[ ] Second cycle on schedule',
    '[ ] First cycle without failures',
    '',
  ])
  t.match(out.split('\n').at(-2), /^Next: Assign a group/)
})

t.test('an export is compared with the directory', async t => {
  const { cli, scim } = await serverFor(t)
  const { id } = await scim('POST', '/Users', {
    schemas: [userSchema],
    userName: 'anna',
    title: 'Boss\u202e',
  })
  const { id: extra } = await scim('POST', '/Users', { schemas: [userSchema], userName: 'bert' })
  const file = (name: string, text: string | Buffer) => {
    const path = `${t.testdir({})}/${name}`
    writeFileSync(path, text)
    return path
  }

  const other = file('users.csv', 'UPN,Job title,User type\nanna,Clerk,Member\ncarl,,Member\n')
  t.same(await cli('reconcile', other), {
    code: 1,
    out: [
      'Read 2 users: 0 in sync.',
      '',
      'Missing from the tenant:',
      '  carl (line 3)',
      '',
      'Not in the export:',
      `  bert (active, ${extra})`,
      '',
      'Different:',
      '  anna: title is "Boss\\u202e" in the tenant and "Clerk" in the export',
      '',
      'Ignored columns: User type.',
      '',
    ].join('\n'),
    err: 'scimulator: Tenant acme differs from the export.\n',
  })
  const { code, out } = await cli('reconcile', other, '--json')
  t.equal(code, 1)
  t.match(JSON.parse(out), { read: 2, different: [{ id }] })

  await scim('DELETE', `/Users/${extra}`)
  const same = file('same.csv', Buffer.from('\ufeffUPN;Job title\r\nanna;Boss\u202e\r\n', 'utf16le'))
  t.match(await cli('reconcile', same), { code: 0, out: 'Read 1 user: 1 in sync.\n', err: '' })

  t.same(await cli('reconcile', file('broken.csv', 'UPN,Job title\nanna\n')), {
    code: 1,
    out: '',
    err: 'scimulator: Invalid request: Invalid file: Line 2: has 1 field, but the header has 2 columns.\n',
  })
  t.match(await cli('reconcile', '/nowhere/at/all.csv'), { code: 2, err: /Cannot read/ })
  t.match(await cli('reconcile', file('bytes.csv', Buffer.from([0x80, 0xff, 0x00]))), {
    code: 2,
    err: /is not a text file/,
  })
})
