import t from 'tap'
import { type Ended, settled } from './run.ts'
import { groupSchema, serverFor, userSchema } from './server.ts'

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
