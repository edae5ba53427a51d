import t from 'tap'
import { loadProfile } from '../../../src/profiles/registry.ts'
import { errors, type ScimError } from '../../../src/scim/error.ts'
import { toResourceId } from '../../../src/scim/resource.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

const { responses, schema, requests } = loadProfile('aws')
const { resourceTypes, newId } = schema
const { completeResource } = requests
const userType = typeByName(resourceTypes, 'User')
const groupType = typeByName(resourceTypes, 'Group')
if (!userType || !groupType) throw new Error('types are missing')

const errorUrn = 'urn:ietf:params:scim:api:messages:2.0:Error'
const request = '7d4c2f7e-2b1e-4a8a-9f26-0d3a7c5e6b41'
const at = Date.UTC(2026, 2, 4, 5, 6, 7, 120)

const worded = (error: ScimError, switches = {}) =>
  loadProfile('aws', switches).responses.error(error, request, at)

t.test('an error has the keys of AWS, in the same order', async t => {
  const body = worded(errors.uniqueness('userName', 'User'))
  t.same(body, {
    schema: [errorUrn],
    schemas: [errorUrn],
    detail: 'Refused to create a new, duplicate resource.',
    status: '409',
    exceptionRequestId: request,
    timeStamp: '2026-03-04 05:06:07.12',
  })
  t.same(Object.keys(body), ['schema', 'schemas', 'detail', 'status', 'exceptionRequestId', 'timeStamp'])
})

t.test('the time of an error has no trailing zeros except one', async t => {
  const error = errors.internal()
  const times = [0, 7, 160, 500].map(
    milliseconds => responses.error(error, request, Date.UTC(2026, 2, 4, 5, 6, 7, milliseconds)).timeStamp,
  )
  t.same(times, [
    '2026-03-04 05:06:07.0',
    '2026-03-04 05:06:07.007',
    '2026-03-04 05:06:07.16',
    '2026-03-04 05:06:07.5',
  ])
})

t.test('errors have the texts and statuses of AWS', async t => {
  const seen = (error: ScimError, switches = {}) => {
    const { status, detail } = worded(error, switches)
    t.equal(String(loadProfile('aws', switches).responses.status(error)), status)
    return `${status} ${detail}`
  }
  const generic = 'Request is unparsable, syntactically incorrect, or violates schema.'
  t.equal(seen(errors.noSuchResource('User', 'x')), '404 USER does not exist.')
  t.equal(seen(errors.noSuchResource('Group', 'x')), '404 GROUP does not exist.')
  t.equal(seen(errors.noSuchMember('User', 'x')), '404 USER does not exist.')
  t.equal(seen(errors.invalidJson('position 3')), '400 Invalid JSON from RequestBody')
  t.equal(seen(errors.invalidFilter('position 3')), '400 Invalid Filter format')
  t.equal(seen(errors.missingPath('Operations[0]')), '400 Missing path in PATCH request')
  t.equal(seen(errors.invalidValue('title must be a string.')), '400 title must be a string.')
  t.equal(seen(errors.invalidValue('title must be a string.'), { detail: 'generic' }), `400 ${generic}`)
  t.equal(seen(errors.noSuchResource('User', 'x'), { detail: 'generic' }), '404 USER does not exist.')
  t.equal(seen(errors.notImplemented('/Me is not offered.')), '404 /Me is not offered.')
  t.equal(seen(errors.quotaExceeded('Full.')), '400 Full.')
  t.equal(seen(errors.quotaExceeded('Full.'), { quotaStatus: '402' }), '402 Full.')
})

t.test('a throttled client gets Retry-After only if the tenant’s switch is set', async t => {
  const throttled = errors.throttled('Slow down.')
  t.same(responses.errorHeaders(throttled), {})
  t.same(loadProfile('aws', { retryAfter: 'on' }).responses.errorHeaders(throttled), { 'Retry-After': '1' })
})

t.test('responses are application/json with a request id, and meta has whole seconds', async t => {
  const stored = {
    key: 1,
    id: toResourceId('b4f8c4a8-30d1-70e2-9c55-1f0a6a7d2e31'),
    type: 'User',
    document: '{}',
    label: 'marge',
    version: 3,
    era: null,
    created: at,
    lastModified: at + 61_000,
  }
  t.same(responses.mediaTypes, ['application/json'])
  t.same(responses.headers(request), { 'x-amzn-RequestId': request })
  t.equal(
    responses.meta(stored, userType, 'https://scim.example.org/t/scim/v2', undefined),
    '{"resourceType":"User","created":"2026-03-04T05:06:07Z","lastModified":"2026-03-04T05:07:08Z"}',
  )
})

t.test(
  'statuses: 201 for POST, 200 or 201 for PUT, 200 for a patched user and 204 for a patched group',
  async t => {
    t.same(
      [responses.created, responses.replaced, responses.patched(userType), responses.patched(groupType)],
      [201, 200, 200, 204],
    )
    t.equal(loadProfile('aws', { putUserStatus: '201' }).responses.replaced, 201)
  },
)

t.test('members are an empty list when read and absent when created; groups are always absent', async t => {
  const operations = ['create', 'read', 'list'] as const
  t.same(
    operations.map(operation => responses.relation('members', operation)),
    ['absent', 'empty', 'empty'],
  )
  t.same(
    operations.map(operation => responses.relation('groups', operation)),
    ['absent', 'absent', 'absent'],
  )
  t.equal(loadProfile('aws', { membersOnRead: 'absent' }).responses.relation('members', 'read'), 'absent')
})

t.test('ids have the form of AWS’s ids', async t => {
  const shape =
    /^[0-9a-f]4[0-9a-f]8[0-9a-f]4[0-9a-f]8-[0-9a-f]0[0-9a-f]1-70[0-9a-f]{2}-[0-9a-f]{4}-[0-9a-f]{12}$/
  const ids = Array.from({ length: 1000 }, newId)
  t.same(
    ids.filter(id => !shape.test(id)),
    [],
  )
  t.equal(new Set(ids).size, 1000)
})

t.test('the email address that a PATCH creates becomes primary', async t => {
  const fill = (operation: 'create' | 'patch', emails: readonly { value: string; primary?: boolean }[]) =>
    completeResource?.(userType, operation, { userName: 'mira', emails }).emails
  t.same(fill('patch', [{ value: 'a' }]), [{ value: 'a', primary: true }])
  t.same(fill('patch', [{ value: 'a', primary: false }]), [{ value: 'a', primary: false }])
  t.same(fill('create', [{ value: 'a' }]), [{ value: 'a' }])
  t.same(completeResource?.(groupType, 'patch', { displayName: 'Leads' }), { displayName: 'Leads' })
})
