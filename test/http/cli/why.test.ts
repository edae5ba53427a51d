import t from 'tap'
import { settled } from './run.ts'
import { groupSchema, serverFor, userSchema } from './server.ts'

const patch = (operation: object) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [operation],
})

t.test('why explains the state of users and groups by their names', async t => {
  const { cli, asEntra } = await serverFor(t)
  const barney = await asEntra('POST', '/Users', {
    schemas: [userSchema],
    userName: 'barney@springfield.example',
    displayName: 'Barney Gumble',
  })
  const group = await asEntra('POST', '/Groups', {
    schemas: [groupSchema],
    displayName: 'Network Operators',
    members: [{ value: barney.id }],
  })
  await asEntra('PATCH', `/Users/${barney.id}`, patch({ op: 'replace', path: 'active', value: false }))
  await asEntra(
    'PATCH',
    `/Groups/${group.id}`,
    patch({ op: 'remove', path: 'members', value: [{ value: barney.id }] }),
  )

  const time = 'AAAA-MM-DDThh:mm:ssZ'
  const explained = settled(await cli('why', 'barney'))
  t.same(
    { ...explained, out: explained.out.replace(/\d{4}-\d\d-\d\d \d\d:\d\d UTC/, 'T') },
    {
      code: 0,
      out: [
        'User barney@springfield.example (some-uuid, disabled)',
        'Disabled on T because Barney Gumble left Network Operators, the only group, in the same cycle.',
        '',
        'time                  effect    group              action           by    status  request',
        `${time}  disabled  -                  disable user     scim  200     some-uuid`,
        `${time}  left      Network Operators  remove 1 member  scim  200     some-uuid`,
        '',
        'group              joined                left',
        `Network Operators  ${time}  ${time}`,
        '',
      ].join('\n'),
      err: '',
    },
  )

  t.match(settled(await cli('why', 'network')), {
    code: 0,
    out: /^Group Network Operators \(some-uuid, active\)\nCreated on .+ by POST over SCIM\.\n/,
  })
  t.match(JSON.parse((await cli('why', barney.id, '--json')).out), {
    state: 'disabled',
    reason: { kind: 'left-last-group' },
  })
})

t.test('why names the response that refused a user', async t => {
  const { cli, asEntra } = await serverFor(t, { profile: 'aws' })
  await asEntra('POST', '/Users', { schemas: [userSchema], userName: 'carl' })
  t.match(
    (await cli('why', 'carl')).out,
    /^User carl \(never-existed\)\nNever existed: the creation was refused/,
  )
  t.match(await cli('why', 'nobody'), {
    code: 0,
    out: 'User nobody (never-existed)\nNever existed: no recorded request created “nobody”.\n',
  })
})
