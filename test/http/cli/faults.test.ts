import t from 'tap'
import { presets } from '../../../src/faults/presets.ts'
import { settled } from './run.ts'
import { serverFor, userSchema } from './server.ts'

t.test('faults are armed, listed with their strikes, and disarmed', async t => {
  const { cli, scim } = await serverFor(t)
  t.same(await cli('faults'), {
    code: 0,
    out: 'No fault is armed: `scimulator faults arm` arms one.\n',
    err: '',
  })
  const armed = await cli(
    ...['faults', 'arm', '--status', '503', '--method', 'post', 'PATCH', '--type', 'User'],
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
  const does = 'every 2nd POST or PATCH (create or patch) of a User containing "moe": 503, 3 times'
  t.same(settled(armed), { code: 0, out: `Armed some-uuid: ${does}.\n`, err: '' })
  const id = /^Armed (\S+):/.exec(armed.out)?.[1] ?? ''

  await scim('POST', '/Users', { schemas: [userSchema], userName: 'moe' })
  await scim('POST', '/Users', { schemas: [userSchema], userName: 'moe2' })
  t.same(settled(await cli('faults')), {
    code: 0,
    out: [
      `fault                                 name     ${'does'.padEnd(does.length)}  struck  left  last strike`,
      `some-uuid  Trouble  ${does}  1       2     AAAA-MM-DDThh:mm:ssZ`,
      '',
    ].join('\n'),
    err: '',
  })

  t.same(await cli('faults', 'disarm', id), { code: 0, out: `Disarmed ${id}.\n`, err: '' })
  t.match(await cli('faults', 'disarm', id), { code: 1, out: '', err: /No fault "[^"]+" is armed/ })
})

t.test('a preset is armed for a tenant, and all are disarmed', async t => {
  const { cli, url } = await serverFor(t)
  const asked = async () =>
    (await fetch(`${url}/Users`, { headers: { authorization: 'Bearer token-of-acme' } })).status
  const { code, out, err } = await cli(
    'faults',
    'arm',
    '--preset',
    'expired-token',
    '--tenant',
    'acme',
    '--json',
  )
  t.same({ code, err }, { code: 0, err: '' })
  t.match(JSON.parse(out), { match: { tenant: 'acme' }, effect: { kind: 'token-expired' }, hits: 0 })
  t.equal(await asked(), 401)
  t.same(await cli('faults', 'disarm', '--all'), { code: 0, out: 'Disarmed 1 fault.\n', err: '' })
  t.equal(await asked(), 200)
})

t.test('presets are listed with what happens', async t => {
  const { cli } = await serverFor(t)
  const { code, out, err } = await cli('faults', 'presets')
  t.same({ code, err }, { code: 0, err: '' })
  const lines = out.trimEnd().split('\n').slice(1)
  t.same(
    lines.map(line => line.split(/ {2,}/)),
    presets.map(({ id, description }) => [id, description]),
  )
})

t.test('wrong use is told in one sentence', async t => {
  const { cli } = await serverFor(t)
  const wrong: readonly (readonly [args: readonly string[], code: number, err: RegExp])[] = [
    [['arm'], 2, /^scimulator: Say what is to happen by one of --preset, /],
    [['arm', '--status', '99'], 2, /Give a whole number from 200 to 599\.\n$/],
    [['arm', '--delay', '11m'], 1, /body\.effect\.milliseconds: Give a whole number from 1 to 600000\.\n$/],
    [['arm', '--preset', 'nonsense'], 1, /There is no preset "nonsense": there are throttled, /],
    [['disarm'], 2, /^scimulator: Name the fault to disarm, or give --all: one of the two\.\n$/],
    [['disarmed'], 2, /`faults` has no command "disarmed": it has list, presets, arm, disarm\.\n$/],
  ]
  for (const [args, code, err] of wrong) {
    t.match(await cli('faults', ...args), { code, out: '', err }, args.join(' '))
  }
})
