import { writeFileSync } from 'node:fs'
import t from 'tap'
import { settled } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('the sample is provisioned, and what came of it told', async t => {
  const { cli } = await serverFor(t, { profile: 'aws' })
  t.same(await cli('sample'), {
    code: 0,
    out: 'Sent 44 requests to the tenant acme: 10 created something, 12 wrote to it, 0 failed.\n',
    err: '',
  })
  const { out } = await cli('sample', '--tenant', 'acme', '--json')
  t.same(JSON.parse(out), { requests: 22, created: 0, changed: 8, failed: 0 })
  t.match(await cli('sample', '--tenant', 'nobody'), { code: 1, err: /There is no tenant "nobody"/ })
})

t.test('the set-up is a list of steps, with what comes next', async t => {
  const { cli, scim, url } = await serverFor(t)
  await scim('POST', '/Users', { schemas: [userSchema], userName: 'anna' })
  const { code, out, err } = settled(await cli('setup'))
  t.same({ code, err }, { code: 0, err: '' })
  t.same(out.split('\n').slice(0, -2), [
    `Tenant URL  ${url}`,
    '',
    '[x] Make an access token',
    '[x] Entra ID reaches this server (AAAA-MM-DDThh:mm:ssZ)',
    '[ ] Test Connection succeeds',
    '[x] The first user is created (AAAA-MM-DDThh:mm:ssZ)',
    '[ ] The first group is created',
    '[ ] The first membership arrives',
    '[ ] Somebody is disabled',
    '[ ] Somebody is deleted',
    '[ ] A second cycle comes on time',
    '[x] Nothing failed in the newest cycle (AAAA-MM-DDThh:mm:ssZ)',
    '',
  ])
  t.match(out.split('\n').at(-2), /^Next: Select Test Connection/)
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
      'Missing here:',
      '  carl (line 3)',
      '',
      'Not in the export:',
      `  bert (active, ${extra})`,
      '',
      'Different:',
      '  anna: title is "Boss\\u202e", and in the export "Clerk"',
      '',
      'Not compared: User type.',
      '',
    ].join('\n'),
    err: 'scimulator: The tenant acme is not what the export says.\n',
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
    err: 'scimulator: The request is invalid: Mend the file and send it again. Line 2: it has 1 field, and the first line names 2 columns.\n',
  })
  t.match(await cli('reconcile', '/nowhere/at/all.csv'), { code: 2, err: /can't be read/ })
  t.match(await cli('reconcile', file('bytes.csv', Buffer.from([0x80, 0xff, 0x00]))), {
    code: 2,
    err: /is no text/,
  })
})
