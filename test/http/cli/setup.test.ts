import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { aUser } from '../../support/samples.ts'
import { createServer } from '../../support/test-server.ts'
import { run, settled, silentAddress } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('the sample is provisioned, and its result is shown', async t => {
  const { cli } = await serverFor(t, { profile: 'aws' })
  t.same(await cli('sample'), {
    code: 0,
    out: 'Sent 43 requests to tenant acme: 10 created, 12 modified, 0 failed.\n',
    err: '',
  })
  const { out } = await cli('sample', '--tenant', 'acme', '--json')
  t.same(JSON.parse(out), { requests: 21, created: 0, modified: 8, failed: 0 })
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
    'client        Microsoft Entra ID',
    'place         Enterprise applications > your application > Provisioning',
    `Tenant URL    ${url}`,
    'Secret Token  a token of the tenant: `scimulator tokens create`',
    '',
    '[x] Credential created (AAAA-MM-DDThh:mm:ssZ)',
    '[x] First request received (AAAA-MM-DDThh:mm:ssZ)',
    '[x] Connection test succeeds (AAAA-MM-DDThh:mm:ssZ)',
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

  const compared = settled(
    await cli(
      'setup',
      '--mapping',
      fileURLToPath(new URL('../../data/entra-provisioning-schema.json', import.meta.url)),
    ),
  )
  t.match(compared, { code: 0, err: '' })
  t.match(compared.out.split('\n')[1], /^users +\S+ +\d of 1 /)
  t.match(await cli('setup', '--mapping', import.meta.filename), {
    code: 1,
    err: /The mapping is not valid JSON/,
  })

  const mapping = settled(await cli('setup', 'mapping'))
  t.equal(mapping.code, 0)
  const lines = mapping.out.split('\n')
  t.match(lines[0], /^type +attribute +sent in +note +source$/)
  t.match(lines[1], /^users +userName +1 of 1 +- +\[userPrincipalName\]$/)
  t.match(
    lines.find(line => line.includes('employeeNumber')),
    /^users +\S+:employeeNumber +0 of 1 +never sent +\[employeeId\]$/,
  )
  t.match(lines.at(-2), /^groups +members +0 of 0 +- +\[members\]$/)
})

t.test('before the first user, the setup has the steps in the portal', async t => {
  const { cli } = await serverFor(t)
  const { out } = await cli('setup')
  t.match(out.split('\n').slice(-8, -1), [
    /^In the portal$/,
    /^1\. Address and token: /,
    /^2\. New configuration: .*\+ New configuration.*Test Connection.*Create\.$/,
    /^3\. Attribute mapping: .*Review your schema here, then Download\.$/,
    /^4\. Notification and accidental deletions: .*Properties/,
    /^5\. Start provisioning: /,
    /^In the portal until 2025: Provisioning, Get started, the mode Automatic/,
  ])
})

t.test(
  'OC-102 OC-105 OC-129 the setup of Okta has its fields, ends where Okta does, and names its limits',
  async t => {
    const { cli, url } = await serverFor(t)
    const { code, out } = await cli('setup', '--client', 'okta')
    t.equal(code, 0)
    const lines = out.split('\n')
    t.same(lines.slice(0, 13), [
      'client     Okta',
      'place      Applications > AWS IAM Identity Center > Provisioning > Integration',
      `Base URL   ${url}`,
      'API Token  a token of the tenant: `scimulator tokens create`',
      '',
      ...lines.slice(5, 6),
      '[ ] First request received',
      '[ ] Connection test succeeds',
      '[ ] First user created',
      '[ ] First group created',
      '[ ] First member added to a group',
      '[ ] First user disabled',
      '',
    ])
    t.match(
      out,
      /Known limits\n- A Base URL with a slash at the end is rejected by Okta: .* \(documented\)\n/,
    )
    t.match(out, /sends nothing when a user is suspended/)
    t.match(await cli('setup', '--client', 'oktopus'), { code: 2, err: /expected one of entra, okta/ })
  },
)

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

const patched = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'Replace', path: 'title', value: 'Mayor' }],
}

t.test('the cycles of clients are listed', async t => {
  const { cli, scim, asEntra } = await serverFor(t)
  t.match(await cli('cycles'), { code: 0, out: 'No cycles yet.\n' })
  await scim('GET', '/Users')
  const { id } = await asEntra(
    'GET',
    '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22',
  ).then(() => asEntra('POST', '/Users', aUser('anna')))
  await asEntra('PATCH', `/Users/${id}`, patched)
  await cli('clock', 'advance', '6h40m')
  await scim('DELETE', `/Users/${id}`)
  const { code, out } = await cli('cycles', '--tenant', 'acme')
  const [head = '', later = '', line = '', script = '', ...rest] = out.split('\n')
  t.equal(code, 0)
  t.match(
    head,
    /^started +tenant +token +kind +client +dialect +requests +created +modified +disabled +deleted +failed +next +cycle$/,
  )
  t.match(line, /^\S+Z +acme +\S+ +cycle +Entra ID +default +3 +1 +1 +0 +0 +0 +\S+Z, overdue +[0-9a-f-]{36}$/)
  t.match(
    later,
    /^\S+Z \+6 h 40 min +acme +\S+ +ad-hoc requests, running +node +other +1 +0 +0 +0 +1 +0 +- +[0-9a-f-]{36}$/,
  )
  t.match(script, /^\S+Z +acme +\S+ +ad-hoc requests +node +other +1 +0 +0 +0 +0 +0 +- +[0-9a-f-]{36}$/)
  t.same(rest, [''])
  t.match(await cli('cycles', '--tenant', 'nobody'), { code: 0, out: 'No cycles yet.\n' })
  t.match(JSON.parse((await cli('cycles', '--json')).out), {
    items: [{ kind: 'ad-hoc' }, { tenant: 'acme', kind: 'cycle', requests: 3 }, { kind: 'ad-hoc' }],
  })

  const cycle = line.slice(-36)
  const shown = await cli('cycles', 'show', cycle)
  const [record = '', sentence, table = '', note] = shown.out.split('\n\n')
  t.same({ code: shown.code, err: shown.err }, { code: 0, err: '' })
  t.match(
    record,
    /^started +\S+Z\ntenant +acme\n.*\nkind +cycle\nclient +Entra ID\n.*\nrequests +3\n.*\ncycle +[\da-f-]{36}$/s,
  )
  t.equal(sentence, 'Drafts of the Interoperability Profile and IPSIE: breaks 1 of 13 rules, 3 not seen')
  const [names, ...rules] = table.split('\n')
  t.match(names, /^rule +verdict +requests +unread +a client that follows it +section +first request$/)
  t.equal(rules.length, 13)
  const interop = 'draft-zollner-scim-interop-profile-02'
  t.match(
    rules[0],
    new RegExp(`^IC-01 +breaks +3 +0 +Sends a User-Agent with each request\\. +${interop}, 6\\.2 +${cycle}$`),
  )
  t.match(
    rules[6],
    new RegExp(`^IC-07 +holds +0 +0 +Gives each PATCH operation a path\\. +${interop}, 6\\.5\\.1 +-$`),
  )
  t.match(note, /^Capitalizes the operations of PATCH, .+\. 1 request, first [\da-f-]{36}\.\n$/)
  t.match(JSON.parse((await cli('cycles', 'show', cycle, '--json')).out), {
    id: cycle,
    requests: 3,
    interoperability: {
      summary: 'breaks 1 of 13 rules, 3 not seen',
      requests: 3,
      rules: [{ id: 'IC-01', first: cycle }],
    },
  })
  t.match(await cli('cycles', 'show', 'nothing'), { code: 1, out: '', err: /There is no cycle "nothing"/ })
})

t.test('the overview has the job, the newest cycle, the tokens and what fails', async t => {
  const { cli, asEntra } = await serverFor(t)
  t.match(await cli('overview'), {
    code: 0,
    out: /^Nothing has connected yet\. .*\n\ntenant +acme\njob +no requests from Entra ID yet\n/,
  })
  await asEntra('GET', '/Users?filter=userName+eq+%2200000000-0000-4000-8000-000000000001%22')
  await asEntra('POST', '/Users', aUser('anna'))
  await asEntra('POST', '/Users', aUser('anna'))
  const { code, out } = await cli('overview', '--tenant', 'acme')
  t.equal(code, 0)
  t.match(out, /^job +at risk\. 1 of the /m)
  t.match(out, /^newest cycle +\S+Z: 3 requests, 1 created, 0 modified, 0 disabled, 0 deleted, 1 failed$/m)
  t.match(out, /^next cycle +\S+Z$/m)
  t.match(out, /^Users +1 active, 0 disabled, 0 deleted$/m)
  t.match(out, /^token …\S* +expires \S+Z$/m)
  t.match(
    out,
    /^failed +request +object +status +attempts +reason +exchange\n\S+Z +create user +anna +409 +1 +\w.+ [0-9a-f-]{36}\n$/m,
  )
  t.match(JSON.parse((await cli('overview', '--json')).out), {
    tenant: 'acme',
    failures: [{ label: 'anna' }],
  })
})

t.test('findings are listed with their fix', async t => {
  const { cli, scim } = await serverFor(t)
  t.match(await cli('findings'), { code: 0, out: 'No findings.\n' })
  const { id } = await scim('POST', '/Users', aUser('anna'))
  await scim('PATCH', `/Users/${id}`, patched)
  const { code, out } = await cli('findings', '--tenant', 'acme')
  t.equal(code, 0)
  t.match(out, /^note: Capitalized PATCH operations$/m)
  t.match(out, /^ {2}finding +client\/capitalised-operations$/m)
  t.match(out, /^ {2}from +ad-hoc requests$/m)
  t.match(out, /^ {2}seen +1 request, 1 object, last at \S+Z$/m)
  t.match(out, /^ {2}example +anna: An operation has the op "Replace"\.$/m)
  t.match(out, /^ {2}fix +\S/m)
  t.match(JSON.parse((await cli('findings', '--json')).out), { waiting: 0 })
  t.match(await cli('findings', '--tenant', 'nobody'), { code: 1, err: /There is no tenant "nobody"/ })
})

t.test('findings are filtered by severity, and muted with a reason', async t => {
  const { cli, scim } = await serverFor(t)
  const { id } = await scim('POST', '/Users', aUser('anna'))
  await scim('PATCH', `/Users/${id}`, patched)
  const capitals = 'client/capitalised-operations'
  const idsOf = async (...args: readonly string[]) =>
    JSON.parse((await cli('findings', ...args, '--json')).out).items.map((item: { id: string }) => item.id)
  t.ok((await idsOf('--severity', 'note')).includes(capitals))
  t.notOk((await idsOf('--severity', 'error')).includes(capitals))
  t.match(await cli('findings', '--severity', 'high'), { code: 2, err: /error, warning, note/ })

  t.match(await cli('findings', 'mute', capitals), { code: 2, err: /--reason/ })
  t.match(await cli('findings', 'mute', capitals, '--reason', 'Entra’s default'), {
    code: 0,
    out: `Muted ${capitals} in tenant acme.\n`,
  })
  t.notOk((await idsOf()).includes(capitals))
  t.same(await idsOf('--muted'), [capitals])
  t.match((await cli('findings')).out, /^1 muted finding: --muted lists them\.$/m)
  t.match((await cli('findings', '--muted')).out, /^ {2}muted +Entra’s default \(\S+Z\)$/m)

  t.match(await cli('findings', 'unmute', capitals), {
    code: 0,
    out: `Unmuted ${capitals} in tenant acme.\n`,
  })
  t.match(await cli('findings', 'unmute', capitals), { code: 1, err: /is not muted/ })
  t.ok((await idsOf()).includes(capitals))
})

const server = await createServer({ profile: 'rfc' })
t.teardown(() => server.close())
const check = (...args: readonly string[]) =>
  run(['check', server.url, '--rate', '0', '--quiet', ...args], { SCIM_TOKEN: server.token })

t.test('scimulator check grades a server by its URL and a token from the environment', async t => {
  const { code, out, err } = await check('--as', 'rfc', '--only', 'rfc/create')
  t.same({ code, err }, { code: 0, err: '' })
  t.match(out, '100%')
  t.notMatch(out, server.token)
})

t.test('a failed check ends with exit code 1, and reports are written to the given files', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'check-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'report.json')
  const requested = ['--as', 'aws', '--only', 'aws/service/no-location', '--report', `json=${file}`]
  const { code, out } = await check(...requested)
  t.equal(code, 1)
  t.equal(out, '')
  t.match(JSON.parse(readFileSync(file, 'utf8')), {
    checks: [{ id: 'aws/service/no-location', verdict: 'failed' }],
    decision: { exitCode: 1 },
  })
})

t.test('check has its own help, and invalid use ends with exit code 2', async t => {
  const help = await run(['check', '--help'])
  t.equal(help.code, 0)
  t.match(help.out, /^Usage: scimulator check URL \[options\]$/m)
  const unknown = await check('--nonsense')
  t.equal(unknown.code, 2)
  t.match(unknown.err, '--nonsense')
})

t.test('an unreachable server ends with exit code 2', async t => {
  const { code, err } = await run(['check', await silentAddress(), '--token', 'a-token', '--quiet'])
  t.equal(code, 2)
  t.match(err, "can't be reached")
})
