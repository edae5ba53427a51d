import t from 'tap'
import { aGroup, aUser, enterpriseUrn, userUrn } from '../support/samples.ts'
import { buildTestApp, patchOp } from '../support/scim.ts'
import { type Expected, isScimError } from '../support/scim-error.ts'

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
type Row = readonly [label: string, method: Method, path: string, body: unknown, expected: Expected]

const syntax = (detail: RegExp): Expected => ({ status: 400, scimType: 'invalidSyntax', detail })
const value = (detail: RegExp): Expected => ({ status: 400, scimType: 'invalidValue', detail })
const filter = (detail = /\S/): Expected => ({ status: 400, scimType: 'invalidFilter', detail })
const path = (detail = /\S/): Expected => ({ status: 400, scimType: 'invalidPath', detail })
const absent: Expected = { status: 404 }

const text = (...members: readonly string[]) =>
  `{"schemas":["${userUrn}"],"userName":"x",${members.join(',')}}`
const replace = (at: string, sent: unknown = 'x') => patchOp({ op: 'replace', path: at, value: sent })
const query = (sent: string) => `/Users?filter=${encodeURIComponent(sent)}`

/** Invalid requests for the user `{user}` and the group `{group}`, and the expected errors. */
const rows: readonly Row[] = [
  [
    'incomplete JSON',
    'POST',
    '/Users',
    '{"userName":"x"',
    syntax(/not valid JSON: line 1, column 16: unexpected end/),
  ],
  [
    'JSON with trailing characters',
    'POST',
    '/Users',
    '{} x',
    syntax(/not valid JSON: line 1, column 4: unexpected text after the end/),
  ],
  ['only whitespace', 'POST', '/Users', '   ', syntax(/object/)],
  ...['null', 'true', '7', '"x"', '[{}]'].map(
    (body): Row => [`${body} for a body`, 'POST', '/Users', body, syntax(/object/)],
  ),
  ...['null', 'true', '7', '"x"', '[{}]'].map(
    (body): Row => [`${body} for a PATCH`, 'PATCH', '/Users/{user}', body, syntax(/\S/)],
  ),
  ['bytes that are not UTF-8', 'POST', '/Users', 'LATIN1', syntax(/UTF-8/)],
  ['10,000 nested arrays', 'POST', '/Users', `${'['.repeat(10_000)}${']'.repeat(10_000)}`, syntax(/nested/)],
  ['an id of 300 characters', 'GET', `/Users/${'x'.repeat(300)}`, undefined, absent],
  ['an id of 10,000 characters', 'DELETE', `/Users/${'x'.repeat(10_000)}`, undefined, absent],
  ['a NUL in an id', 'GET', '/Users/a%00b', undefined, absent],
  ['a quote in an id', 'GET', "/Users/'%20or%201=1--", undefined, absent],
  ['dots as an id', 'GET', '/Users/%2e%2e%2fGroups', undefined, absent],
  ['__proto__ as an endpoint', 'GET', '/__proto__', undefined, absent],
  ['constructor as an endpoint', 'POST', '/constructor', {}, absent],
  ['__proto__ as an id', 'GET', '/Users/__proto__', undefined, absent],
  ['constructor as a discovery name', 'GET', '/ResourceTypes/constructor', undefined, absent],
  ['a filter longer than the limit', 'GET', query(`userName eq "${'x'.repeat(5000)}"`), undefined, filter()],
  [
    '10,000 parentheses',
    'GET',
    query(`${'('.repeat(1900)}userName pr${')'.repeat(1900)}`),
    undefined,
    filter(),
  ],
  [
    '10,000 nested not operators',
    'GET',
    query(`${'not ('.repeat(700)}userName pr${')'.repeat(700)}`),
    undefined,
    filter(),
  ],
  ['a filter on an unknown attribute', 'GET', query('shoeSize eq 43'), undefined, filter(/shoeSize/)],
  ['a filter on __proto__', 'GET', query('__proto__ pr'), undefined, filter()],
  ['a filter on constructor', 'GET', query('constructor eq "x"'), undefined, filter(/constructor/)],
  ['a filter on name.constructor', 'GET', query('name.constructor pr'), undefined, filter(/constructor/)],
  ['a NUL in a filter', 'GET', '/Users?filter=userName%20eq%20%22a%00b%22', undefined, value(/filter/)],
  ['SQL in a filter', 'GET', query(`userName eq 'x' or 1=1; drop table resources`), undefined, filter()],
  ['a lone surrogate in a filter', 'GET', query('userName eq "\\ud800"'), undefined, filter()],
  ['__proto__ at the top', 'POST', '/Users', text('"__proto__":{"active":true}'), syntax(/__proto__/)],
  [
    '__proto__ below',
    'POST',
    '/Users',
    text('"name":{"__proto__":{"givenName":"x"}}'),
    syntax(/name\.__proto__/),
  ],
  [
    '__proto__ in a list',
    'POST',
    '/Users',
    text('"emails":[{"value":"x","__proto__":1}]'),
    syntax(/__proto__/),
  ],
  ['an escaped __proto__', 'POST', '/Users', text('"\\u005f_proto__":{"x":1}'), syntax(/__proto__/)],
  [
    'constructor at the top',
    'POST',
    '/Users',
    text('"constructor":{"prototype":{"x":1}}'),
    syntax(/constructor/),
  ],
  ['__proto__ in PUT', 'PUT', '/Users/{user}', text('"__proto__":{"x":1}'), syntax(/__proto__/)],
  ['__proto__ for a path', 'PATCH', '/Users/{user}', replace('__proto__.x'), path()],
  ['constructor as a path', 'PATCH', '/Users/{user}', replace('constructor'), path(/constructor/)],
  ['constructor below a path', 'PATCH', '/Users/{user}', replace('name.constructor'), path(/constructor/)],
  [
    '__proto__ in a filtered path',
    'PATCH',
    '/Users/{user}',
    replace('emails[__proto__ eq "x"].value'),
    filter(/__proto__/),
  ],
  [
    '__proto__ in a value without a path',
    'PATCH',
    '/Users/{user}',
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"add","value":{"__proto__":{"x":1}}}]}',
    syntax(/__proto__/),
  ],
  [
    'a dotted prototype name in a value without a path',
    'PATCH',
    '/Users/{user}',
    patchOp({ op: 'add', value: { 'name.constructor': 'x' } }),
    path(/constructor/),
  ],
  ['NUL in a text', 'POST', '/Users', text('"title":"a\\u0000b"'), syntax(/NUL/)],
  ['NUL in a name', 'POST', '/Users', text('"ti\\u0000tle":"x"'), syntax(/NUL/)],
  ['half a surrogate pair', 'POST', '/Users', text('"title":"\\ud83d"'), syntax(/surrogate/)],
  ['a duplicate name', 'POST', '/Users', text('"title":"a","title":"b"'), syntax(/title/)],
  [
    'a duplicate name, once escaped',
    'POST',
    '/Users',
    text('"title":"a","t\\u0069tle":"b"'),
    syntax(/title/),
  ],
  [
    'a duplicate name in a nested object',
    'POST',
    '/Users',
    text('"name":{"givenName":"a","givenName":"b"}'),
    syntax(/name\.givenName/),
  ],
  [
    'a duplicate attribute in another case',
    'POST',
    '/Users',
    text('"title":"a","TITLE":"b"'),
    syntax(/title/i),
  ],
  ['an unknown member', 'POST', '/Groups', aGroup('New', ['nobody']), value(/nobody/)],
  [
    'an unknown member, by PATCH',
    'PATCH',
    '/Groups/{group}',
    patchOp({ op: 'add', path: 'members', value: [{ value: 'nobody' }] }),
    value(/nobody/),
  ],
  [
    'a member without an id',
    'PATCH',
    '/Groups/{group}',
    patchOp({ op: 'add', path: 'members', value: [{ display: 'x' }] }),
    value(/Operations\[0\]/),
  ],
  ['no userName', 'POST', '/Users', { schemas: [userUrn] }, value(/userName/)],
  ['an empty userName', 'PUT', '/Users/{user}', aUser(''), value(/userName/)],
  ['a number as userName', 'PUT', '/Users/{user}', aUser('x', { userName: 7 }), value(/userName/)],
  ['an object as title', 'PUT', '/Users/{user}', aUser('x', { title: {} }), value(/title/)],
  ['a string as emails', 'PUT', '/Users/{user}', aUser('x', { emails: 'x' }), value(/emails/)],
  [
    'a string as an extension',
    'PUT',
    '/Users/{user}',
    aUser('x', { [enterpriseUrn]: 'x' }),
    value(/enterprise/),
  ],
  [
    'Operations that are not a list',
    'PATCH',
    '/Users/{user}',
    { ...patchOp(), Operations: {} },
    syntax(/Operations/),
  ],
  ['no Operations', 'PATCH', '/Users/{user}', patchOp(), syntax(/Operations/)],
  ['an operation that is null', 'PATCH', '/Users/{user}', patchOp(null), syntax(/\S/)],
  ['an unknown operation', 'PATCH', '/Users/{user}', patchOp({ op: 'move', path: 'title' }), syntax(/move/)],
  ['a path that is a number', 'PATCH', '/Users/{user}', patchOp({ op: 'add', path: 7, value: 'x' }), path()],
  ['an unreadable path', 'PATCH', '/Users/{user}', replace('emails[type eq "work"'), path()],
]

t.test('invalid requests are rejected with status and reason and change nothing', async t => {
  const { app, tenant, token, client } = await buildTestApp(t, 'rfc', {
    switches: { unknownMembers: 'refuse' },
  })
  const user = await client.create('Users', aUser('marge'))
  const group = await client.create('Groups', aGroup('Family', [user.id]))
  const before = [(await client.get('/Users')).body, (await client.get('/Groups')).body]
  const latin1 = () =>
    app
      .inject({
        method: 'POST',
        url: `/${tenant.id}/scim/v2/Users`,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        payload: Buffer.from('{"userName":"J\xfcrgen"}', 'latin1'),
      })
      .then(({ statusCode, headers, body }) => ({ status: statusCode, headers, body: JSON.parse(body) }))

  for (const [label, method, path, body, expected] of rows) {
    const at = path.replace('{user}', user.id).replace('{group}', group.id)
    const response = body === 'LATIN1' ? await latin1() : await client.send(method, at, body)
    isScimError(t, response, expected, label)
  }

  const after = [(await client.get('/Users')).body, (await client.get('/Groups')).body]
  t.same(after, before, 'nothing has changed')
  t.notOk('active' in {} || 'x' in {}, 'no prototype was touched')
})

t.test('a body at the size limit is accepted, one more byte is rejected', async t => {
  const { client } = await buildTestApp(t, 'rfc')
  const body = (bytes: number) => {
    const start = JSON.stringify(aUser('big', { ignored: '' })).slice(0, -2)
    return `${start}${'x'.repeat(bytes - start.length - 2)}"}`
  }
  isScimError(t, await client.post('/Users', body(1_048_577)), { status: 413, detail: /1048576/ })
  t.equal((await client.post('/Users', body(1_048_576))).status, 201)
})
