import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { loadProfile } from '../../src/profiles/registry.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import { managerTarget, parseTargetPath } from '../../src/provisioning/entra/mapping/mapping.ts'
import {
  changesBetween,
  currentValues,
  type Desired,
  type DesiredValue,
} from '../../src/provisioning/entra/planning/changes.ts'
import {
  createBody,
  isDeferredOnCreate,
  patchBody,
} from '../../src/provisioning/entra/planning/request-bodies.ts'
import { type Dialect, defaultRequestOptions } from '../../src/provisioning/kit/target.ts'
import { userType } from '../../src/scim/core-schemas.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { applyPatch } from '../../src/scim/patch/apply.ts'
import { parsePatch, readPatchEnvelope } from '../../src/scim/patch/parse.ts'
import { readResource } from '../../src/scim/read-resource.ts'
import type { Resource } from '../../src/scim/resource.ts'
import { enterpriseUrn, roleOf } from '../support/entra.ts'
import { assertProperty } from '../support/property.ts'

const { requests } = loadProfile('entra')
const limits = { filterLength: 1000, filterDepth: 10 }
const patched = (resource: Resource, body: JsonObject): Resource =>
  applyPatch(
    resource,
    parsePatch(readPatchEnvelope(body, userType, requests), userType, requests, limits),
    requests,
  )

const dialects: readonly Dialect[] = ['default', 'aadOptscim062020']

type Values = Readonly<Record<string, DesiredValue>>

const text = fc.string({
  minLength: 1,
  maxLength: 6,
  unit: fc.constantFrom('a', 'B', 'ß', '"', '\\', ' ', '{', 'é'),
})
const roles = fc
  .uniqueArray(fc.constantFrom('Admin', 'Reader', 'Auditor'), { minLength: 1 })
  .map(names => names.map(name => roleOf(name)))

const valueFor = (target: string): fc.Arbitrary<DesiredValue> => {
  if (target === 'active') return fc.boolean()
  return target === managerTarget.text ? text.map(reference => ({ reference })) : text
}

const targets = defaultMappings.nonGallery.users.attributes.map(({ target }) => target)
const mapped = fc.record(Object.fromEntries(targets.map(target => [target, valueFor(target)])), {
  requiredKeys: [],
})
const mappedRoles: fc.Arbitrary<Values> = fc.oneof(
  fc.constant({}),
  roles.map(given => ({
    'roles[primary eq "True"].value': { kind: 'singleRole' as const, roles: given.slice(0, 1) },
  })),
  fc
    .tuple(fc.constantFrom('roles' as const, 'assertiveRoles' as const), roles)
    .map(([kind, given]) => ({ roles: { kind, roles: given } })),
)
const desired: fc.Arbitrary<Desired> = fc
  .tuple(mapped, mappedRoles)
  .map(([values, more]) => new Map(Object.entries<DesiredValue>({ ...(values as Values), ...more })))

const typed = (types: readonly string[]) =>
  fc.uniqueArray(fc.record({ type: fc.constantFrom(...types), value: text }), {
    maxLength: 3,
    selector: ({ type }) => type,
  })
/** Resources of a target, written by Entra or by others, with values of other types. */
const current: fc.Arbitrary<Resource> = fc.record(
  {
    userName: text,
    active: fc.boolean(),
    displayName: text,
    externalId: text,
    nickName: text,
    name: fc.record({ givenName: text, familyName: text, middleName: text }, { requiredKeys: [] }),
    emails: typed(['work', 'home']),
    phoneNumbers: typed(['work', 'mobile', 'other']),
    addresses: fc.array(fc.record({ type: fc.constantFrom('work', 'home'), country: text }), {
      maxLength: 1,
    }),
    roles: fc.uniqueArray(fc.record({ value: fc.constantFrom('Admin', 'Reader', 'Owner') }), {
      selector: ({ value }) => value,
    }),
    [enterpriseUrn]: fc.record(
      { department: text, manager: text.map(value => ({ value })) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['userName'] },
)

t.test(
  'one PATCH sets the desired values, in both dialects, and a second comparison finds no changes',
  async () => {
    assertProperty(
      fc.property(
        desired,
        current,
        fc.constantFrom(...dialects),
        fc.boolean(),
        (expected, held, dialect, clearManager) => {
          const changes = changesBetween(expected, held, { clearManager })
          if (changes.length === 0) return
          const after = patched(held, patchBody(changes, { ...defaultRequestOptions, dialect }))
          assert.deepEqual(changesBetween(expected, after, { clearManager }), [])
        },
      ),
      { numRuns: 1000 },
    )
  },
)

t.test('attributes that are not mapped stay unchanged', async () => {
  assertProperty(
    fc.property(desired, current, fc.constantFrom(...dialects), (expected, held, dialect) => {
      const changes = changesBetween(expected, held)
      if (changes.length === 0) return
      const after = patched(held, patchBody(changes, { ...defaultRequestOptions, dialect }))
      for (const target of [...targets, 'nickName', 'name.middleName', 'emails[type eq "home"].value']) {
        if (expected.has(target)) continue
        const path = parseTargetPath(target)
        assert.deepEqual(currentValues(after, path), currentValues(held, path), target)
      }
    }),
    { numRuns: 500 },
  )
})

t.test('equal values are never sent, and different ones are sent once', async () => {
  assertProperty(
    fc.property(desired, current, (expected, held) => {
      const sent = changesBetween(expected, held).map(({ target }) => target.text)
      assert.equal(new Set(sent).size, sent.length)
      for (const [target, value] of expected) {
        if (typeof value !== 'string') continue
        const [found] = currentValues(held, parseTargetPath(target))
        assert.equal(sent.includes(target), found !== value, target)
      }
    }),
    { numRuns: 500 },
  )
})

t.test('a POST sets the desired values, and one PATCH sets those that it omits', async () => {
  assertProperty(
    fc.property(
      desired,
      text,
      fc.constantFrom(...dialects),
      fc.boolean(),
      (given, userName, dialect, option) => {
        const expected: Desired = new Map([...given, ['userName', userName]])
        const options = {
          ...defaultRequestOptions,
          dialect,
          activeAsStringOnCreate: option,
          sendManagerOnCreate: option,
        }
        const body = createBody('user', expected, options)
        const created = readResource(JSON.parse(JSON.stringify(body)), userType, requests).resource
        const left = isDeferredOnCreate(expected, options)
        const changes = changesBetween(expected, created)
        assert.deepEqual(
          changes.map(({ op, target }) => [op, target.text]),
          [...left.keys()].map(target => ['Add', target]),
        )
        if (changes.length === 0) return
        assert.deepEqual(changesBetween(expected, patched(created, patchBody(changes, options))), [])
      },
    ),
    { numRuns: 500 },
  )
})
