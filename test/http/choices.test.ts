import t from 'tap'
import { certificate } from '../support/certificate.ts'
import { aGroup, aUser, groupUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp, type ScimClient } from '../support/scim.ts'
import { isScimError } from '../support/scim-error.ts'

t.test('the choices that the RFC leaves open are documented behavior', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const marge = await client.create('Users', aUser('marge@springfield.example'))

  t.test('R-015 a filter on the password is rejected, so that it cannot be guessed', async t => {
    isScimError(t, await client.get('/Users?filter=password+eq+%22secret%22'), {
      status: 400,
      scimType: 'invalidFilter',
    })
  })

  t.test('R-063 a unique value exists once in a tenant, in any case', async t => {
    isScimError(t, await client.post('/Users', aUser('MARGE@springfield.example')), {
      status: 409,
      scimType: 'uniqueness',
    })
    t.equal((await client.get('/Users?count=0')).body.totalResults, 1, 'the first is there alone')
  })

  t.test('R-075 a photo must be a URI', async t => {
    const photo = (value: string) => ({ photos: [{ value, type: 'photo' }] })
    const response = await client.post(
      '/Users',
      aUser('bart@springfield.example', photo('https://example.org/bart.png')),
    )
    t.same(response.body.photos, [{ value: 'https://example.org/bart.png', type: 'photo' }])
    isScimError(
      t,
      await client.post('/Users', aUser('lisa@springfield.example', photo('not a URI at all'))),
      {
        status: 400,
        scimType: 'invalidValue',
      },
    )
  })

  t.test('R-076 a user may have ims, photos, entitlements, certificates and a password', async t => {
    const values = {
      ims: [{ value: 'homer', type: 'xmpp' }],
      entitlements: [{ value: 'donuts' }],
      x509Certificates: [{ value: certificate }],
    }
    const { status, body } = await client.post(
      '/Users',
      aUser('homer@springfield.example', { ...values, password: 'mmm-donuts' }),
    )
    t.equal(status, 201)
    t.same(
      { ims: body.ims, entitlements: body.entitlements, x509Certificates: body.x509Certificates },
      values,
    )
    t.notOk('password' in body, 'the password is never returned')
    const { body: schema } = await client.get(`/Schemas/${userUrn}`)
    const names = schema.attributes.map(({ name }: { name: string }) => name)
    t.same(
      ['password', 'ims', 'photos', 'entitlements', 'x509Certificates'].filter(name => !names.includes(name)),
      [],
    )
  })

  t.test('R-095 a long list is paged, not rejected', async t => {
    const { status, body } = await client.get('/Users?count=1')
    t.same(
      { status, page: body.itemsPerPage, more: body.totalResults > 1 },
      { status: 200, page: 1, more: true },
    )
  })

  t.test('R-096 a filter on a single resource is ignored', async t => {
    t.same((await client.get(`/Users/${marge.id}?filter=userName+eq+%22nobody%22`)).body, marge)
  })

  t.test('R-066 userNames are compared without case, also a Greek final sigma', async t => {
    await client.create('Users', aUser('ΟΔΥΣΣΕΥΣ'))
    t.equal((await client.post('/Users', aUser('οδυσσευς'))).status, 409)
    t.equal((await client.post('/Users', aUser('οδυσσευσ'))).status, 409)
  })

  t.test('a byte order mark before the body is ignored', async t => {
    const response = await client.send(
      'POST',
      '/Users',
      `\uFEFF${JSON.stringify(aUser('apu@springfield.example'))}`,
    )
    t.equal(response.status, 201)
  })
})

t.test('R-175 R-143 PATCH returns 204 without a body, or 200 if attributes are requested', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc', { switches: { patchAnswer: '204' } })
  const { id } = await client.create('Users', aUser('marge'))
  const patch = (query: string, title: string) =>
    app.inject({
      method: 'PATCH',
      url: `/${tenant.id}/scim/v2/Users/${id}${query}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      payload: patchOp({ op: 'replace', path: 'title', value: title }),
    })
  for (const query of ['', '?excludedAttributes=title', '?attributes=']) {
    const { statusCode, body } = await patch(query, `one${query}`)
    t.same([statusCode, body], [204, ''], query)
    t.equal((await client.get(`/Users/${id}`)).body.title, `one${query}`)
  }
  const requested = await patch('?attributes=title', 'two')
  t.same([requested.statusCode, requested.json()], [200, { id, schemas: [userUrn], title: 'two' }])
})

t.test('R-135 a tenant may omit paging from its configuration, and still pages', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const { client: omitting } = await another('rfc', { switches: { pagination: 'omit' } })
  const { pagination, ...others } = (await client.get('/ServiceProviderConfig')).body
  t.ok(pagination.cursor)
  const { body: config } = await omitting.get('/ServiceProviderConfig')
  t.same(Object.keys(config), Object.keys(others))
  t.notOk('pagination' in config)
  await omitting.create('Users', aUser('marge'))
  await omitting.create('Users', aUser('homer'))
  t.ok('nextCursor' in (await omitting.get('/Users?cursor&count=1')).body)
})

t.test('R-111 R-084 the server sets no default values, and filters find none', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge', { active: undefined }))
  t.notOk('active' in user)
  const found = async (filter: string) =>
    (await client.get(`/Users?filter=${encodeURIComponent(filter)}`)).body.totalResults
  t.same(
    [
      await found('active pr'),
      await found('active eq true'),
      await found('active eq false'),
      await found('active ne true'),
    ],
    [0, 0, 0, 1],
  )
  await client.patch(`/Users/${user.id}`, { op: 'add', path: 'active', value: true })
  t.same([await found('active pr'), await found('active eq true')], [1, 1])
})

t.test('R-142 R-172 a PATCH with both lists of attributes is rejected without changes', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('marge'))
  const query = 'attributes=title&excludedAttributes=emails'
  const changed = patchOp({ op: 'add', path: 'title', value: 'x' })
  const response = await client.send('PATCH', `/Users/${user.id}?${query}`, changed)
  isScimError(t, response, { status: 400, scimType: 'invalidValue', detail: /excludedAttributes/ })
  t.same((await client.get(`/Users/${user.id}`)).body, user)
})

t.test('R-079 unknown members are stored as sent, unless a tenant rejects them', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const user = await client.create('Users', aUser('bart'))
  const { id, members } = await client.create('Groups', {
    schemas: [groupUrn],
    displayName: 'Class 4',
    members: [{ value: 'nobody' }, { value: user.id }],
  })
  t.match(members, [{ value: 'nobody' }, { value: user.id, type: 'User' }])
  t.same(Object.keys(members[0]), ['value'])
  const { body } = await client.patch(`/Groups/${id}`, { op: 'remove', path: 'members[value eq "nobody"]' })
  t.same(body.members, [members[1]])

  const strict = await another('rfc', { switches: { unknownMembers: 'refuse' } })
  isScimError(t, await strict.client.post('/Groups', aGroup('Class 4', ['nobody'])), {
    status: 400,
    scimType: 'invalidValue',
    detail: /nobody/,
  })
})

t.test('R-079 the display of a member is returned as sent, or is the name of the user', async t => {
  const { client, another } = await buildTestApp(t, 'rfc')
  const user = (await another('rfc', { switches: { memberDisplay: 'user' } })).client
  const entra = (await another('entra')).client
  const entraSent = (await another('entra', { switches: { memberDisplay: 'sent' } })).client
  const displayed = async (scim: ScimClient) => {
    const { id } = await scim.create('Users', aUser('marge@springfield.example'))
    const group = await scim.create('Groups', {
      schemas: [groupUrn],
      displayName: 'Parents',
      members: [{ value: id, display: 'marge@springfield.example' }],
    })
    const { body } = await scim.get(`/Groups/${group.id}`)
    return [group, body].map(({ members: [member] }) => member.display)
  }
  t.same(await displayed(client), ['marge@springfield.example', 'marge@springfield.example'])
  t.same(await displayed(entraSent), ['marge@springfield.example', 'marge@springfield.example'])
  t.same(await displayed(user), ['Marge Simpson', 'Marge Simpson'])
  t.same(await displayed(entra), ['Marge Simpson', 'Marge Simpson'])
})

t.test('R-079 a sent display stays with the member, and another one replaces it', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const marge = (await client.create('Users', aUser('marge'))).id
  const homer = (await client.create('Users', aUser('homer', { displayName: 'Homer Simpson' }))).id
  const { id } = await client.create('Groups', {
    ...aGroup('Parents'),
    members: [
      { value: marge, display: 'Mom', type: 'ignored' },
      { value: homer, display: '' },
      { value: 'nobody', display: 'Nobody' },
    ],
  })
  const at = `/Groups/${id}`
  const read = async () => {
    const { members = [], meta } = (await client.get(at)).body
    return {
      displays: members.map(({ display }: { display?: string }) => display),
      version: meta.version.replace(/\..*/, ''),
    }
  }
  const found = async (filter: string) =>
    (await client.get(`/Groups?filter=${encodeURIComponent(filter)}`)).body.totalResults
  t.same(await read(), { displays: ['Mom', 'Homer Simpson', 'Nobody'], version: 'W/"1' })
  t.same(
    await Promise.all(
      ['MOM', 'Marge Simpson', 'homer simpson', 'nobody'].map(one => found(`members[display eq "${one}"]`)),
    ),
    [1, 0, 1, 1],
    'filters find the display that is returned, in any case',
  )

  await client.put(at, (await client.get(at)).body)
  await client.put(at, aGroup('Parents', [marge, homer, 'nobody']))
  await client.patch(at, { op: 'add', path: 'members', value: [{ value: marge, display: 'Marge' }] })
  t.same(
    await read(),
    { displays: ['Mom', 'Homer Simpson', 'Nobody'], version: 'W/"1' },
    'nothing changes if a client sends back what it read, omits the display, or adds a member again',
  )

  await client.patch(`/Users/${homer}`, { op: 'replace', path: 'displayName', value: 'Max Power' })
  t.same(
    (await read()).displays,
    ['Mom', 'Max Power', 'Nobody'],
    'a display that was not sent follows the name',
  )

  await client.patch(at, {
    op: 'replace',
    path: 'members',
    value: [{ value: homer }, { value: 'nobody', display: 'Nobody' }, { value: marge, display: 'Marge' }],
  })
  t.same(await read(), { displays: ['Max Power', 'Nobody', 'Marge'], version: 'W/"2' })
  isScimError(
    t,
    await client.patch(at, { op: 'replace', path: `members[value eq "${marge}"].display`, value: 'Mom' }),
    { status: 400, scimType: 'mutability' },
  )
  await client.patch(at, { op: 'remove', path: 'members[display eq "marge"]' })
  t.same(await read(), { displays: ['Max Power', 'Nobody'], version: 'W/"3' })
  await client.patch(
    at,
    { op: 'remove', path: 'members[value eq "nobody"]' },
    { op: 'add', path: 'members', value: [{ value: 'nobody' }] },
  )
  t.same(await read(), { displays: ['Max Power', undefined], version: 'W/"4' })

  const { attributes } = (await client.get(`/Schemas/${groupUrn}`)).body
  const members = attributes.find(({ name }: { name: string }) => name === 'members')
  const display = members.subAttributes.find(({ name }: { name: string }) => name === 'display')
  t.equal(display.mutability, 'immutable')
})
