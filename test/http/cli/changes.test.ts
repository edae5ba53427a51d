import t from 'tap'
import { presets } from '../../../src/domain/faults/presets.ts'
import { isOnPostgres } from '../../support/database.ts'
import { type Ended, settled } from './run.ts'
import { groupSchema, serverFor, userSchema } from './server.ts'

t.test('faults are turned on, listed with their hits, and turned off', async t => {
  const { cli, scim } = await serverFor(t)
  t.same(await cli('faults'), {
    code: 0,
    out: 'No active faults. Turn one on with `scimulator faults on`.\n',
    err: '',
  })
  const turnedOn = await cli(
    ...['faults', 'on', '--status', '503', '--method', 'post', 'PATCH', '--type', 'User'],
    ...[
      '--operation',
      'create',
      'patch',
      '--text',
      'moe',
      '--every',
      '2',
      '--times',
      '3',
      '--name',
      'Trouble',
    ],
  )
  const effect = 'every 2nd POST or PATCH (create or patch) of a User containing "moe": 503, 3 times'
  t.same(settled(turnedOn), { code: 0, out: `Turned on some-uuid: ${effect}.\n`, err: '' })
  const id = /^Turned on (\S+):/.exec(turnedOn.out)?.[1] ?? ''

  await scim('POST', '/Users', { schemas: [userSchema], userName: 'moe' })
  await scim('POST', '/Users', { schemas: [userSchema], userName: 'moe2' })
  t.same(settled(await cli('faults')), {
    code: 0,
    out: [
      `fault                                 name     ${'effect'.padEnd(effect.length)}  hits  remaining  last hit`,
      `some-uuid  Trouble  ${effect}  1     2          AAAA-MM-DDThh:mm:ssZ`,
      '',
    ].join('\n'),
    err: '',
  })

  t.same(await cli('faults', 'off', id), { code: 0, out: `Turned off ${id}.\n`, err: '' })
  t.match(await cli('faults', 'off', id), { code: 1, out: '', err: /No fault "[^"]+" is active/ })
})

t.test('a preset is turned on for a tenant, and all are turned off', async t => {
  const { cli, url } = await serverFor(t)
  const requested = async () =>
    (await fetch(`${url}/Users`, { headers: { authorization: 'Bearer token-of-acme' } })).status
  const { code, out, err } = await cli(
    'faults',
    'on',
    '--preset',
    'expired-token',
    '--tenant',
    'acme',
    '--json',
  )
  t.same({ code, err }, { code: 0, err: '' })
  t.match(JSON.parse(out), { match: { tenant: 'acme' }, effect: { kind: 'token-expired' }, hits: 0 })
  t.equal(await requested(), 401)
  t.same(await cli('faults', 'off', '--all'), { code: 0, out: 'Turned off 1 fault.\n', err: '' })
  t.equal(await requested(), 200)
})

t.test('presets are listed with their description', async t => {
  const { cli } = await serverFor(t)
  const { code, out, err } = await cli('faults', 'presets')
  t.same({ code, err }, { code: 0, err: '' })
  const lines = out.trimEnd().split('\n').slice(1)
  t.same(
    lines.map(line => line.split(/ {2,}/)),
    presets.map(({ id, description }) => [id, description]),
  )
})

t.test('invalid use is an error of one sentence', async t => {
  const { cli } = await serverFor(t)
  const wrong: readonly (readonly [args: readonly string[], code: number, err: RegExp])[] = [
    [['on'], 2, /^scimulator: Use exactly one of --preset, /],
    [['on', '--status', '99'], 2, /Invalid --status: expected a whole number from 200 to 599\.\n$/],
    [
      ['on', '--delay', '11m'],
      1,
      /body\.effect\.milliseconds: Expected a whole number from 1 to 600000\.\n$/,
    ],
    [['on', '--preset', 'nonsense'], 1, /unknown preset "nonsense": expected one of throttled, /],
    [['off'], 2, /^scimulator: Specify either the ID of a fault or --all\.\n$/],
    [['of'], 2, /Unknown command "faults of"\. Commands of faults: list, presets, on, off\.\n$/],
  ]
  for (const [args, code, err] of wrong) {
    t.match(await cli('faults', ...args), { code, out: '', err }, args.join(' '))
  }
})

t.test('compact reports the size of the database before and after', async t => {
  const { cli } = await serverFor(t)
  const result = await cli('compact')
  if (isOnPostgres) {
    const reason = 'PostgreSQL reuses the space of deleted data by itself.'
    t.same(result, { code: 1, out: '', err: `scimulator: Not compacted: ${reason}\n` })
    return
  }
  t.match(result, {
    code: 0,
    out: /^Database size: \d+\.\d MiB \(before: \d+\.\d MiB\)\.\n$/,
    err: '',
  })
  t.match(JSON.parse((await cli('compact', '--json')).out), { before: Number, after: Number })
})

const done = (out: string): Ended => ({ code: 0, out, err: '' })
const user = (userName: string) => ({ schemas: [userSchema], userName, displayName: userName })

t.test('snapshots are saved, listed, restored and deleted', async t => {
  const { cli, scim } = await serverFor(t)
  await scim('POST', '/Users', user('anna'))
  t.same(await cli('snapshot'), done('No snapshots. Save one with `scimulator snapshot save`.\n'))
  const saved = await cli('snapshot', 'save', 'before\u001b[31m it')
  t.match(saved.out, /^Saved before\\u001b\[31m it as [0-9a-f-]{36}\.\n$/)
  const id = /as (\S+)\.\n$/.exec(saved.out)?.[1] ?? ''
  const { items } = JSON.parse((await cli('snapshot', '--json')).out)
  t.match(items, [{ id, name: 'before\u001b[31m it', tenants: [{ id: 'acme', counts: { User: 1 } }] }])
  t.match(settled(await cli('snapshot', 'list')), {
    code: 0,
    out: /^id +name +created +tenants +resources +bytes\nsome-uuid +before\\u001b\[31m it +AAAA-MM-DDThh:mm:ssZ +acme +1 +\d+\n$/,
  })

  await scim('POST', '/Users', user('ben'))
  t.same(await cli('snapshot', 'restore', id), {
    code: 2,
    out: '',
    err: 'scimulator: This replaces the contents of all tenants in the snapshot. Use --yes to confirm.\n',
  })
  t.same(await cli('snapshot', 'restore', id, '--yes'), done('Restored acme.\n'))
  t.notMatch((await cli('users')).out, /ben/)

  await cli('tenants', 'create', 'other')
  await cli('tenants', 'delete', 'acme', '--yes')
  t.same(
    await cli('snapshot', 'restore', id, '--yes'),
    done('No tenant of the snapshot exists anymore.\nSkipped deleted tenants: acme.\n'),
  )
  t.same(await cli('snapshot', 'delete', id), done(`Deleted snapshot ${id}.\n`))
  t.match(await cli('snapshot', 'restore', id, '--yes'), { code: 1, err: /There is no snapshot/ })
})

t.test('a token is rotated', async t => {
  const { cli } = await serverFor(t)
  const { items } = JSON.parse((await cli('tokens', '--json')).out)
  const rotated = settled(await cli('tokens', 'rotate', items[0].id, '--overlap', '1h'))
  t.equal(rotated.code, 0)
  t.match(
    rotated.out,
    /^token +some-uuid\naccess +full\nexpires +AAAA-MM-DDThh:mm:ssZ\nvalue +scimulator-\S+\n\nThe token is shown once\. The old token expires at AAAA-MM-DDThh:mm:ssZ\.\n$/,
  )
  t.match(await cli('tokens', 'rotate', 'nothing'), { code: 1, err: /has no token "nothing"/ })
  t.match(await cli('tokens', 'rotate', items[0].id, '--overlap', 'long'), {
    code: 2,
    err: /30s, 1h30m or 90d/,
  })
})

t.test('the directory at an earlier time and the history of attributes are shown', async t => {
  const { cli, scim } = await serverFor(t)
  const anna = await scim('POST', '/Users', user('anna'))
  const group = await scim('POST', '/Groups', {
    schemas: [groupSchema],
    displayName: 'Ops',
    members: [{ value: anna.id }],
  })
  await cli('clock', 'advance', '1d')
  await scim('DELETE', `/Users/${anna.id}`)
  const then = new Date(Date.now() + 60 * 60 * 1000).toISOString()
  t.match(await cli('users', '--at', then), { code: 0, out: /active +anna/ })
  t.match(await cli('users', 'show', anna.id, '--at', then), { code: 0, out: /status +active/ })
  t.match(await cli('groups', 'members', group.id, '--at', then), { code: 0, out: /User +anna/ })
  t.same(await cli('groups', 'members', group.id), done('No members.\n'))
  t.same(await cli('users', '--at', '2020-01-01'), done('No matching users in tenant acme.\n'))
  t.match(await cli('users', 'show', anna.id, '--at', '2020-01-01'), {
    code: 1,
    err: /at 2020-01-01T00:00:00.000Z/,
  })
  t.match(
    settled(await cli('users', 'attributes', anna.id)).out,
    /^attribute +value +since +revision +request\nuserName +anna +AAAA-MM-DDThh:mm:ssZ +1 +some-uuid\n/,
  )

  t.match(await cli('stale', 'purge', '--all', '--preview'), {
    code: 0,
    out: /^id +type +name +deleted +groups\n\S+ +User +anna +\S+ +Ops\n\nWould purge 1 record\.\n$/,
  })
  t.same(await cli('stale', 'purge', anna.id), done('Purged 1 record.\n'))
  t.match(await cli('stale', '--reason', 'empty-group'), { code: 0, out: /Ops +empty-group/ })
  t.match(await cli('stale', '--inactive-cycles', '3'), { code: 0 })
  t.match(await cli('stale', '--inactive-cycles', '0'), { code: 2, err: /from 1 to 100/ })
  t.match(await cli('stale', '--inactive-cycles', '3', '--inactive-days', '3'), {
    code: 2,
    err: /Use either --inactive-cycles or --inactive-days/,
  })
})
