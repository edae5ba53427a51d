import t from 'tap'
import { presets } from '../../../src/faults/presets.ts'
import { settled } from './run.ts'
import { serverFor, userSchema } from './server.ts'

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
