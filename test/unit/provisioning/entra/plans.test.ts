import t from 'tap'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import { planProbe } from '../../../../src/provisioning/entra/planning/probe.ts'
import {
  memberChanges,
  planDelete,
  planDisable,
  planGroupRead,
  planManager,
  planMemberChange,
  planProvision,
} from '../../../../src/provisioning/entra/planning/provision.ts'
import type { Outcome } from '../../../../src/provisioning/entra/planning/provisioning-log.ts'
import type { ProvisioningTarget } from '../../../../src/provisioning/entra/planning/target-object.ts'
import type { Plan } from '../../../../src/provisioning/kit/run.ts'
import {
  type Dialect,
  defaultRequestOptions,
  type TargetRequest,
  type TargetResponse,
} from '../../../../src/provisioning/kit/target.ts'
import type { Json } from '../../../../src/scim/json.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const patch = (...Operations: readonly Json[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
})

const response = (status: number, body?: Json): TargetResponse => ({
  kind: 'response',
  status,
  body,
  text: body === undefined ? '' : JSON.stringify(body),
  mediaType: body === undefined ? '' : 'application/scim+json',
})
const list = (...Resources: readonly Json[]) => response(200, { totalResults: Resources.length, Resources })
const done = response(204)

/** Runs a plan with these responses; returns its requests and its result. */
function runPlan<Result>(plan: Plan<Result>, ...responses: readonly TargetResponse[]) {
  const requests: TargetRequest[] = []
  let next = plan.next()
  for (const each of responses) {
    if (next.done) throw new Error(`Unused response after ${JSON.stringify(requests)}.`)
    requests.push(next.value)
    next = plan.next(each)
  }
  if (!next.done) throw new Error(`No response for ${JSON.stringify(next.value)}.`)
  return { requests, result: next.value }
}

const subject = (
  more: Partial<ProvisioningTarget> = {},
  dialect: Dialect = 'default',
): ProvisioningTarget => ({
  kind: 'user',
  objectId: 'o1',
  name: 'marge@springfield.example',
  mapping: defaultMappings.nonGallery.users,
  context: {
    attributes: { userPrincipalName: 'marge@springfield.example', displayName: 'Marge', objectId: 'o1' },
    accountEnabled: true,
    isSoftDeleted: false,
    appRoles: [],
  },
  target: undefined,
  wire: { ...defaultRequestOptions, dialect },
  linkOf: () => undefined,
  disabledUnlinked: 'skip',
  clearManager: false,
  isTaken: () => false,
  isShared: () => false,
  ...more,
})
const linked = (more: Partial<ProvisioningTarget> = {}, dialect: Dialect = 'default') => ({
  ...subject({ target: 't1', ...more }, dialect),
  target: 't1',
})
const gone = {
  context: {
    attributes: { userPrincipalName: 'marge@springfield.example' },
    isSoftDeleted: true,
    appRoles: [],
  },
}
const held = { id: 't1', userName: 'marge@springfield.example', displayName: 'Marge', active: true }

const match = { method: 'GET', path: '/Users?filter=userName+eq+%22marge%40springfield.example%22' }
const read = { method: 'GET', path: '/Users/t1' }
const summaryOf = ({ action, status, effect, target, failure }: Outcome) =>
  [action, status, effect, target, failure?.code].filter(Boolean)

t.test('create: searches, finds no match, sends a POST', async t => {
  const { requests, result } = runPlan(planProvision(subject()), list(), response(201, held))
  t.same(requests, [
    match,
    {
      method: 'POST',
      path: '/Users',
      body: {
        schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
        userName: 'marge@springfield.example',
        active: true,
        meta: { resourceType: 'User' },
        roles: [],
        displayName: 'Marge',
      },
    },
  ])
  t.same(summaryOf(result), ['create', 'success', 'created', 't1'])
})

t.test('match: links the object, and patches differences', async t => {
  t.same(summaryOf(runPlan(planProvision(subject()), list(held)).result), [
    'other',
    'skipped',
    'matched',
    't1',
  ])
  const { requests, result } = runPlan(
    planProvision(subject()),
    list({ ...held, displayName: 'Midge' }),
    done,
  )
  t.same(requests, [
    match,
    {
      method: 'PATCH',
      path: '/Users/t1',
      body: patch({ op: 'Replace', path: 'displayName', value: 'Marge' }),
    },
  ])
  t.same(summaryOf(result), ['update', 'success', 'matched', 't1'])
  t.same(result.modified, [{ displayName: 'displayName', oldValue: 'Midge', newValue: 'Marge' }])
})

t.test('match: keeps the link if the PATCH fails', async t => {
  const { result } = runPlan(planProvision(subject()), list({ ...held, active: false }), response(500))
  t.same(summaryOf(result), ['update', 'failure', 'nothing', 't1', 'InternalServerError'])
})

t.test('without a unique match, nothing is written', async t => {
  for (const [plan, responses, code] of [
    [planProvision(subject()), [list(held, { id: 't2' })], 'DuplicateTargetEntries'],
    [planProvision(subject({ isTaken: () => true })), [list(held)], 'DuplicateSourceEntries'],
    [planProvision(subject({ isShared: () => true })), [], 'DuplicateSourceEntries'],
    [
      planProvision(subject({ context: { attributes: {}, isSoftDeleted: false, appRoles: [] } })),
      [],
      'MandatoryFieldsMissing',
    ],
    [planProvision(subject()), [list(), response(409)], 'EntryConflict'],
    [
      planProvision(subject()),
      [list(), response(201, { userName: 'marge' })],
      'SystemForCrossDomainIdentityManagementServiceIncompatible',
    ],
    [planProvision(linked()), [response(404)], 'InvalidAnchor'],
  ] as const) {
    const { result } = runPlan(plan, ...responses)
    t.equal(result.failure?.code, code)
    t.equal(result.status, 'failure')
  }
})

t.test('a disabled user without a link is skipped, or matched and disabled', async t => {
  const context = { ...subject().context, accountEnabled: false, isSoftDeleted: true }
  const skipped = runPlan(planProvision(subject({ context })))
  t.same([skipped.requests, summaryOf(skipped.result)], [[], ['other', 'skipped', 'nothing']])
  t.match(skipped.result.steps.at(-1), {
    status: 'skipped',
    details: { SkipReason: 'NotEffectivelyEntitled' },
  })
  const disable = { context, disabledUnlinked: 'disable' } as const
  const found = runPlan(planProvision(subject(disable)), list({ ...held, active: true }), done)
  t.same(
    found.requests.map(({ method }) => method),
    ['GET', 'PATCH'],
  )
  t.same(summaryOf(found.result), ['disable', 'success', 'disabled', 't1'])
  const missing = runPlan(planProvision(subject(disable)), list())
  t.same(summaryOf(missing.result), ['other', 'skipped', 'nothing'], 'and is never created')
})

t.test('the second matching attribute is searched if the first has no match', async t => {
  const { attributes } = defaultMappings.nonGallery.users
  const mapping = {
    ...defaultMappings.nonGallery.users,
    attributes: attributes.map(each =>
      each.target === 'emails[type eq "work"].value' ? { ...each, matching: 2 } : each,
    ),
  }
  const context = {
    ...subject().context,
    attributes: { ...subject().context.attributes, mail: 'm@s.example' },
  }
  const { requests } = runPlan(
    planProvision(subject({ mapping, context })),
    list(),
    list({ ...held, emails: [{ type: 'work', value: 'm@s.example' }] }),
  )
  t.same(requests, [
    match,
    { method: 'GET', path: '/Users?filter=emails%5Btype+eq+%22work%22%5D.value+eq+%22m%40s.example%22' },
  ])
})

t.test('linked: reads by id and sends only differences', async t => {
  const same = runPlan(planProvision(linked()), response(200, held))
  t.same(same.requests, [read])
  t.same(summaryOf(same.result), ['other', 'skipped', 'nothing', 't1'])
  t.match(same.result.steps.at(-1), { status: 'skipped', details: { SkipReason: 'RedundantExport' } })

  const { displayName: _, ...bare } = held
  for (const [dialect, operation] of [
    ['default', { op: 'Add', path: 'displayName', value: 'Marge' }],
    ['aadOptscim062020', { op: 'add', path: 'displayName', value: 'Marge' }],
  ] as const) {
    const { requests, result } = runPlan(
      planProvision(linked({}, dialect)),
      response(200, bare),
      response(200, held),
    )
    t.same(requests, [read, { method: 'PATCH', path: '/Users/t1', body: patch(operation) }])
    t.same(summaryOf(result), ['update', 'success', 'updated', 't1'])
  }
})

t.test('disable: sends active only, and nothing to a disabled or missing user', async t => {
  for (const [dialect, operation] of [
    ['default', { op: 'Replace', path: 'active', value: 'False' }],
    ['aadOptscim062020', { op: 'replace', path: 'active', value: false }],
  ] as const) {
    const { requests, result } = runPlan(
      planDisable(linked(gone, dialect)),
      response(200, { ...held, displayName: 'Other' }),
      done,
    )
    t.same(requests, [read, { method: 'PATCH', path: '/Users/t1', body: patch(operation) }])
    t.same(summaryOf(result), ['disable', 'success', 'disabled', 't1'])
  }
  t.same(summaryOf(runPlan(planDisable(linked(gone)), response(200, { ...held, active: false })).result), [
    'other',
    'skipped',
    'nothing',
    't1',
  ])
  t.same(summaryOf(runPlan(planDisable(linked(gone)), response(404)).result), [
    'other',
    'skipped',
    'nothing',
    't1',
  ])
  t.same(summaryOf(runPlan(planDisable(linked(gone)), response(503)).result), [
    'disable',
    'failure',
    'nothing',
    't1',
    'InternalServerError',
  ])
})

t.test('delete: reads, then deletes; a missing object counts as deleted', async t => {
  const { requests, result } = runPlan(planDelete(linked(gone)), response(200, held), done)
  t.same(requests, [read, { method: 'DELETE', path: '/Users/t1' }])
  t.same(summaryOf(result), ['delete', 'success', 'deleted'])
  t.same(summaryOf(runPlan(planDelete(linked(gone)), response(404)).result), ['delete', 'success', 'deleted'])
  t.same(summaryOf(runPlan(planDelete(linked(gone)), response(200, held), response(404)).result), [
    'delete',
    'success',
    'deleted',
  ])
  t.same(summaryOf(runPlan(planDelete(linked(gone)), response(200, held), response(500)).result), [
    'delete',
    'failure',
    'nothing',
    't1',
    'InternalServerError',
  ])
  const { requests: group } = runPlan(
    planDelete(linked({ ...gone, kind: 'group', mapping: defaultMappings.nonGallery.groups })),
    response(200, { id: 't1' }),
    done,
  )
  t.same(group, [
    { method: 'GET', path: '/Groups/t1?excludedAttributes=members' },
    { method: 'DELETE', path: '/Groups/t1' },
  ])
})

t.test('groups are searched and read without members', async t => {
  const group = subject({
    kind: 'group',
    name: 'LA (East) & "Co"',
    mapping: defaultMappings.nonGallery.groups,
    context: {
      attributes: { displayName: 'LA (East) & "Co"', objectId: 'g1' },
      isSoftDeleted: false,
      appRoles: [],
    },
  })
  const { requests } = runPlan(planProvision(group), list(), response(201, { id: 't9' }))
  t.same(requests, [
    {
      method: 'GET',
      path: '/Groups?excludedAttributes=members&filter=displayName+eq+%22LA+(East)+%26+%5C%22Co%5C%22%22',
    },
    {
      method: 'POST',
      path: '/Groups',
      body: {
        schemas: [
          'urn:ietf:params:scim:schemas:core:2.0:Group',
          'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group',
        ],
        externalId: 'g1',
        displayName: 'LA (East) & "Co"',
        meta: { resourceType: 'Group' },
      },
    },
  ])
  t.same(runPlan(planGroupRead('t 9'), response(200, { id: 't 9' })).requests, [
    { method: 'GET', path: '/Groups/t%209?excludedAttributes=members' },
  ])
})

t.test('members are added and removed by their ids in the target', async t => {
  for (const [dialect, add, remove] of [
    [
      'default',
      { op: 'Add', path: 'members', value: [{ value: 'a' }] },
      { op: 'Remove', path: 'members', value: [{ value: 'a' }] },
    ],
    [
      'aadOptscim062020',
      { op: 'add', path: 'members', value: [{ value: 'a' }] },
      { op: 'remove', path: 'members[value eq "a"]' },
    ],
  ] as const) {
    const wire = { ...defaultRequestOptions, dialect }
    t.same(runPlan(planMemberChange('g', 'add', ['a'], wire), done), {
      requests: [{ method: 'PATCH', path: '/Groups/g', body: patch(add) }],
      result: undefined,
    })
    t.same(runPlan(planMemberChange('g', 'remove', ['a'], wire), done).requests[0]?.body, patch(remove))
  }
})

t.test('members are added, waiting, out of scope, removed or deleted', async t => {
  const links: Record<string, string> = { a: 'ta', b: 'tb', old: 'told' }
  const work = memberChanges(
    ['a', 'b', 'late', 'out', 'never'],
    {
      written: new Set(['b', 'old', 'gone']),
      uncertain: new Set(),
      passedOver: new Set(['never']),
    },
    objectId => ({
      ...(links[objectId] && { link: links[objectId], lastKnown: links[objectId] }),
      expected: objectId === 'late',
    }),
  )
  t.same(work, {
    add: [['a', 'ta']],
    remove: [['old', 'told']],
    waiting: ['late'],
    passedOver: ['out'],
    deleted: ['gone'],
  })
})

t.test('a member whose last write has an unknown outcome is added again or removed', async t => {
  const links: Record<string, string> = { stays: 't1', left: 't2', returned: 't3', kept: 't4' }
  const work = memberChanges(
    ['stays', 'returned', 'kept'],
    {
      written: new Set(['returned', 'kept']),
      uncertain: new Set(['stays', 'left', 'returned']),
      passedOver: new Set(),
    },
    objectId => ({
      ...(links[objectId] && { link: links[objectId], lastKnown: links[objectId] }),
      expected: true,
    }),
  )
  t.same(work, {
    add: [
      ['stays', 't1'],
      ['returned', 't3'],
    ],
    remove: [['left', 't2']],
    waiting: [],
    passedOver: [],
    deleted: [],
  })
})

t.test('a manager is written by the id in the target', async t => {
  const context = { ...subject().context, attributes: { ...subject().context.attributes, manager: 'boss' } }
  const employee = linked({ context, linkOf: id => (id === 'boss' ? 'tb' : undefined) })
  const set = patch({ op: 'Add', path: `${enterprise}:manager`, value: 'tb' })
  t.same(runPlan(planManager(employee, undefined), response(200, held), done).requests, [
    read,
    { method: 'PATCH', path: '/Users/t1', body: set },
  ])
  t.same(
    runPlan(planManager(employee, held), done).requests,
    [{ method: 'PATCH', path: '/Users/t1', body: set }],
    'a resource is read once',
  )
  t.same(runPlan(planManager(employee, { ...held, [enterprise]: { manager: { value: 'tb' } } })).requests, [])
  t.same(
    runPlan(planManager(linked({ context }), undefined)).requests,
    [],
    'nothing is sent while the manager is not in the target',
  )
})

t.test('probes search for random GUIDs by the matching attribute', async t => {
  let count = 0
  const probes = () => planProbe(defaultMappings.nonGallery, { users: 2, groups: 1 }, () => `guid-${++count}`)
  t.same(runPlan(probes(), list(), list(), list()), {
    requests: [
      { method: 'GET', path: '/Users?filter=userName+eq+%22guid-1%22' },
      { method: 'GET', path: '/Users?filter=userName+eq+%22guid-2%22' },
      { method: 'GET', path: '/Groups?excludedAttributes=members&filter=displayName+eq+%22guid-3%22' },
    ],
    result: undefined,
  })
  t.match(runPlan(probes(), list(held)).result, {
    code: 'SystemForCrossDomainIdentityManagementServiceIncompatibleFiltering',
    mayConcernJob: true,
  })
})
