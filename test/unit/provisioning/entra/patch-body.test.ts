import t from 'tap'
import { MappingError } from '../../../../src/provisioning/entra/mapping/fields.ts'
import { parseTargetPath } from '../../../../src/provisioning/entra/mapping/mapping.ts'
import type { MappedRoles } from '../../../../src/provisioning/entra/mapping/values.ts'
import { changesBetween, type DesiredValue } from '../../../../src/provisioning/entra/planning/changes.ts'
import {
  createBody,
  isDeferredOnCreate,
  memberPatchBody,
  patchBody,
} from '../../../../src/provisioning/entra/planning/request-bodies.ts'
import {
  readListResult,
  readObjectResult,
  readWriteResult,
} from '../../../../src/provisioning/entra/planning/responses.ts'
import {
  defaultRequestOptions,
  type RequestOptions,
  type TargetResponse,
} from '../../../../src/provisioning/kit/target.ts'
import type { JsonObject } from '../../../../src/scim/json.ts'
import { enterpriseUrn, roleOf } from '../../../support/entra.ts'

type Values = Readonly<Record<string, DesiredValue>>

const flagged: RequestOptions = { ...defaultRequestOptions, dialect: 'aadOptscim062020' }
const operations = (options: RequestOptions, values: Values, current: JsonObject, clearManager = false) =>
  patchBody(changesBetween(new Map(Object.entries(values)), current, { clearManager }), options).Operations

const manager = `${enterpriseUrn}:manager`
const department = `${enterpriseUrn}:department`
const workEmail = 'emails[type eq "work"].value'

const values: Values = {
  userName: 'marge',
  active: true,
  displayName: 'Marge Simpson',
  title: 'Painter',
  [workEmail]: 'marge@x',
  'name.givenName': 'Marge',
  [department]: 'Home',
}
const current = {
  userName: 'm',
  active: false,
  displayName: 'M',
  emails: [{ type: 'home', value: 'x' }],
  name: { givenName: 'M' },
}

t.test('default dialect: one operation with a path per attribute, in the order of the mapping', async t => {
  t.same(operations(defaultRequestOptions, values, current), [
    { op: 'Replace', path: 'userName', value: 'marge' },
    { op: 'Replace', path: 'active', value: 'True' },
    { op: 'Replace', path: 'displayName', value: 'Marge Simpson' },
    { op: 'Add', path: 'title', value: 'Painter' },
    { op: 'Add', path: workEmail, value: 'marge@x' },
    { op: 'Replace', path: 'name.givenName', value: 'Marge' },
    { op: 'Add', path: department, value: 'Home' },
  ])
})

t.test('with the flag: attributes without a filter share an operation without a path', async t => {
  t.same(operations(flagged, values, current), [
    { op: 'add', path: workEmail, value: 'marge@x' },
    {
      op: 'replace',
      value: { userName: 'marge', active: true, displayName: 'Marge Simpson', 'name.givenName': 'Marge' },
    },
    { op: 'add', value: { title: 'Painter', [department]: 'Home' } },
  ])
})

t.test('with the flag: a single attribute has a path', async t => {
  t.same(operations(flagged, { title: 'Painter' }, {}), [{ op: 'add', path: 'title', value: 'Painter' }])
  t.same(operations(flagged, { [department]: 'Home' }, { [enterpriseUrn]: { department: 'x' } }), [
    { op: 'replace', path: department, value: 'Home' },
  ])
})

t.test('a manager is set by id, and removed in the format of the dialect', async t => {
  const held = { [enterpriseUrn]: { manager: { value: '1' } } }
  const set = { [manager]: { reference: '2' }, title: 'x', displayName: 'y' }
  t.same(operations(defaultRequestOptions, { [manager]: { reference: '2' } }, held), [
    { op: 'Replace', path: manager, value: '2' },
  ])
  t.same(operations(flagged, set, {}), [
    { op: 'add', path: manager, value: '2' },
    { op: 'add', value: { title: 'x', displayName: 'y' } },
  ])
  t.same(operations(defaultRequestOptions, {}, held, true), [{ op: 'Replace', path: manager, value: '' }])
  t.same(operations(flagged, {}, held, true), [{ op: 'remove', path: 'manager[value eq "1"]' }])
})

t.test('roles are JSON text in the default dialect, objects with the flag', async t => {
  const admin = roleOf('Admin', 'Administrator')
  const roles = (kind: MappedRoles['kind']): Values => ({ roles: { kind, roles: [admin] } })
  const packed = [{ value: '{"id":"id of Admin","value":"Admin","displayName":"Administrator"}' }]
  const type = 'WindowsAzureActiveDirectoryRole'
  const full = [{ primary: false, type, display: 'Administrator', value: 'Admin' }]
  t.same(operations(defaultRequestOptions, roles('roles'), {}), [{ op: 'Add', path: 'roles', value: packed }])
  t.same(operations(flagged, roles('roles'), {}), [{ op: 'add', path: 'roles', value: full }])
  t.same(operations(defaultRequestOptions, roles('assertiveRoles'), {}), [
    { op: 'Replace', path: 'roles', value: full },
  ])
  t.same(operations(flagged, roles('assertiveRoles'), {}), [{ op: 'replace', path: 'roles', value: full }])
  const single: Values = { 'roles[primary eq "True"].value': { kind: 'singleRole', roles: [admin] } }
  t.same(operations(flagged, single, {}), [
    { op: 'add', path: 'roles', value: [{ primary: true, type, value: 'Admin' }] },
  ])
  t.same(operations(defaultRequestOptions, single, {}), [{ op: 'Add', path: 'roles', value: packed }])
})

t.test('with the flag: members are removed one by one, with quoted ids in paths', async t => {
  t.same(memberPatchBody('remove', ['a', 'b"c'], flagged).Operations, [
    { op: 'remove', path: 'members[value eq "a"]' },
    { op: 'remove', path: String.raw`members[value eq "b\"c"]` },
  ])
  t.same(
    memberPatchBody('add', ['a', 'b'], { dialect: 'aadOptscim062020', memberNullRef: true }).Operations,
    [
      {
        op: 'add',
        path: 'members',
        value: [
          { $ref: null, value: 'a' },
          { $ref: null, value: 'b' },
        ],
      },
    ],
  )
})

t.test("a POST omits references, and extensions whose URN does not have Microsoft's form", async t => {
  const otherUrn = 'urn:example:shoe:size'
  const microsoftUrn = 'urn:ietf:params:scim:schemas:extension:Shoes:2.0:User'
  const desired = new Map<string, DesiredValue>([
    ['userName', 'marge'],
    [manager, { reference: '1' }],
    [otherUrn, '38'],
    [`${microsoftUrn}:size`, '38'],
    ['emails[type eq "work"].value', 'a@x'],
    ['emails[type eq "home"].value', 'b@x'],
    ['emails[type eq "home"].display', 'B'],
  ])
  const body = createBody('user', desired, defaultRequestOptions)
  t.same(body, {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterpriseUrn],
    userName: 'marge',
    emails: [
      { primary: true, type: 'work', value: 'a@x' },
      { type: 'home', value: 'b@x', display: 'B' },
    ],
    meta: { resourceType: 'User' },
    roles: [],
    [microsoftUrn]: { size: '38' },
  })
  t.same([...isDeferredOnCreate(desired, defaultRequestOptions).keys()], [manager, otherUrn])
  const withManager = { ...defaultRequestOptions, sendManagerOnCreate: true }
  t.same([...isDeferredOnCreate(desired, withManager).keys()], [otherUrn])
  t.same(createBody('user', new Map([[manager, { reference: '1' }]]), withManager)[enterpriseUrn], {
    manager: '1',
  })
})

const scim = 'SystemForCrossDomainIdentityManagementService'
const response = (status: number, text = '', mediaType = 'application/scim+json'): TargetResponse => {
  let body: undefined
  try {
    body = JSON.parse(text)
  } catch {}
  return { kind: 'response', status, text, mediaType, body }
}

t.test('the meaning of a status depends on the request', async t => {
  const codes = (status: number) =>
    [
      readListResult(response(status)),
      readObjectResult(response(status), 'read'),
      readObjectResult(response(status), 'create'),
    ]
      .map(read => ('failure' in read ? read.failure.code : 'ok'))
      .concat(
        readWriteResult(response(status), 'change')?.code ?? 'ok',
        readWriteResult(response(status), 'delete')?.code ?? 'ok',
      )
  t.same(
    Object.fromEntries(
      [400, 401, 403, 404, 405, 409, 422, 429, 500, 501, 503, 504].map(status => [status, codes(status)]),
    ),
    {
      400: Array(5).fill(`${scim}Incompatible`),
      401: Array(5).fill(`${scim}InvalidCredentials`),
      403: Array(5).fill(`${scim}InvalidCredentials`),
      404: [`${scim}Incompatible`, 'InvalidAnchor', `${scim}Incompatible`, 'InvalidAnchor', 'InvalidAnchor'],
      405: Array(5).fill('MethodNotAllowed'),
      409: [
        `${scim}IncompatibleFiltering`,
        `${scim}IncompatibleFiltering`,
        'EntryConflict',
        `${scim}IncompatibleFiltering`,
        `${scim}IncompatibleFiltering`,
      ],
      422: Array(5).fill('UnprocessableEntity'),
      429: Array(5).fill('TooManyRequests'),
      500: Array(5).fill('InternalServerError'),
      501: Array(5).fill('NotImplemented'),
      503: Array(5).fill('InternalServerError'),
      504: Array(5).fill('Timeout'),
    },
  )
})

t.test('the error quotes the body, shortened if it is long', async t => {
  t.match(
    readWriteResult(response(400, '{"detail":"No."}'), 'change')?.reason,
    'Web Response: {"detail":"No."}.',
  )
  const long = readWriteResult(response(500, 'x'.repeat(10_000), 'text/html'), 'change')?.reason ?? ''
  t.ok(long.length < 3000)
})

t.test("a body that is not a resource or list is reported with Entra's message", async t => {
  const failed = (read: ReturnType<typeof readObjectResult> | ReturnType<typeof readListResult>) =>
    'failure' in read ? read.failure.reason : undefined
  const expected =
    /^StatusCode: 200 Message: We were not able to deserialize the resource received from your SCIM endpoint because .* Web Response: /
  for (const [text, mediaType] of [
    ['', 'application/scim+json'],
    ['"marge"', 'application/scim+json'],
    ['[]', 'application/scim+json'],
    ['{"id":7}', 'application/scim+json'],
    ['{"id":"7"', 'application/scim+json'],
    ['{"id":"7"}', 'text/html'],
    ['{"id":"7"}', ''],
  ] as const) {
    t.match(failed(readObjectResult(response(200, text, mediaType), 'read')), expected, text)
    t.match(failed(readListResult(response(200, text, mediaType))), expected, text)
  }
  t.match(failed(readListResult(response(200, '{"Resources":["x"]}'))), expected)
  t.match(readObjectResult(response(200, '{"id":"7"}', 'application/json'), 'read'), { found: { id: '7' } })
  t.same(
    readListResult(response(200, '{"totalResults":0}')),
    { found: [] },
    'an empty list can omit Resources',
  )
})

t.test('2xx confirms a write unless the body is HTML or incomplete', async t => {
  for (const status of [200, 201, 202, 204])
    t.equal(readWriteResult(response(status, '', ''), 'change'), undefined)
  t.equal(readWriteResult(response(200, '{"id":"7"}'), 'change'), undefined)
  t.match(readWriteResult(response(200, '<html>', 'text/html'), 'change'), { code: `${scim}Incompatible` })
  t.match(readWriteResult(response(200, '{"id":'), 'delete'), { code: `${scim}Incompatible` })
})

t.test('all forms of target attributes are parsed', async t => {
  const parts = (text: string) => {
    const { text: _text, isBoolean, ...rest } = parseTargetPath(text)
    return isBoolean ? { ...rest, isBoolean } : rest
  }
  t.same(parts('userName'), { attribute: 'userName' })
  t.same(parts('active'), { attribute: 'active', isBoolean: true })
  t.same(parts('ACTIVE'), { attribute: 'ACTIVE', isBoolean: true })
  t.same(parts('name.givenName'), { attribute: 'name', sub: 'givenName' })
  t.same(parts('emails[type eq "work"].value'), {
    attribute: 'emails',
    filter: { attribute: 'type', value: 'work' },
    sub: 'value',
  })
  t.same(parts('emails[type EQ "other home"]'), {
    attribute: 'emails',
    filter: { attribute: 'type', value: 'other home' },
  })
  t.same(parts('roles[primary eq true].primary'), {
    attribute: 'roles',
    filter: { attribute: 'primary', value: 'true' },
    sub: 'primary',
    isBoolean: true,
  })
  t.same(parts(`${enterpriseUrn}:department`), { extension: enterpriseUrn, attribute: 'department' })
  t.same(parts(`${enterpriseUrn}:manager.value`), {
    extension: enterpriseUrn,
    attribute: 'manager',
    sub: 'value',
  })
  t.same(parts('urn:ietf:params:scim:schemas:core:2.0:User:active'), { attribute: 'active', isBoolean: true })
  t.same(parts('urn:example:shoe:size'), { extension: 'urn:example:shoe', attribute: 'size' })
  t.same(parts('urn:example:2.0:User:shoes[type eq "left"].size'), {
    extension: 'urn:example:2.0:User',
    attribute: 'shoes',
    filter: { attribute: 'type', value: 'left' },
    sub: 'size',
  })
})

t.test('invalid target attributes are rejected', async t => {
  for (const text of [
    '',
    'a b',
    'a.b.c',
    'emails[type eq "work"',
    'emails[type ne "x"].value',
    'emails[].value',
    'urn:',
    '1st',
    'urn:x:',
  ]) {
    t.throws(() => parseTargetPath(text), MappingError, text)
  }
})
