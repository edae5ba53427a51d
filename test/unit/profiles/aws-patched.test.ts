import t from 'tap'
import { findBrokenRule } from '../../../src/profiles/profile.ts'
import { loadProfile } from '../../../src/profiles/registry.ts'
import type { JsonObject } from '../../../src/scim/json.ts'
import { applyPatch } from '../../../src/scim/patch/apply.ts'
import { parsePatch } from '../../../src/scim/patch/parse.ts'
import { readResource } from '../../../src/scim/read-resource.ts'
import { typeByName } from '../../../src/scim/resource-types.ts'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const { schema, requests, rules } = loadProfile('aws')
const { limits, completeResource } = requests
const type = typeByName(schema.resourceTypes, 'User')
if (!type) throw new Error('no User')

const mira = {
  userName: 'mira.holt@example.org',
  name: { givenName: 'Mira', familyName: 'Holt' },
  displayName: 'Mira Holt',
  active: true,
}

/** The user after a PATCH, and the rules that it violates. */
function patched(before: JsonObject, ...operations: JsonObject[]) {
  if (!type) throw new Error('no User')
  const { resource } = readResource(before, type, requests)
  const after = applyPatch(resource, parsePatch(operations, type, requests, limits), requests)
  const completed = completeResource?.(type, 'patch', after) ?? after
  const subject = { operation: 'patch', type, resource: completed, members: [] } as const
  const violations = rules.resource.flatMap(rule => findBrokenRule([rule], subject) ?? [])
  return { after: completed, violations: violations.map(({ id, detail }) => ({ id, detail })) }
}

t.test('an email address that Entra adds by path becomes the user’s primary one', async t => {
  const work = { op: 'Add', path: 'emails[type eq "work"].value', value: 'm.holt@example.org' }
  t.same(patched(mira, work, { op: 'Replace', path: 'active', value: 'False' }), {
    after: {
      ...mira,
      active: false,
      emails: [{ type: 'work', value: 'm.holt@example.org', primary: true }],
    },
    violations: [],
  })
})

t.test('a PATCH that would add a second email address is rejected', async t => {
  const before = { ...mira, emails: [{ value: 'mira@example.org', type: 'home', primary: true }] }
  const { violations } = patched(before, {
    op: 'Add',
    path: 'emails[type eq "work"].value',
    value: 'm@example.org',
  })
  t.same(violations[0], {
    id: 'aws/one-value-per-list',
    detail: 'List attribute emails exceeds allowed limit of 1',
  })
})

t.test('a PATCH that sets an empty string is rejected, also for the manager', async t => {
  t.same(
    patched(mira, { op: 'Replace', path: 'title', value: '' }).violations.map(({ id }) => id),
    ['aws/no-empty-text'],
  )
  t.same(
    patched(mira, { op: 'Replace', path: `${enterprise}:manager`, value: '' }).violations.map(({ id }) => id),
    ['aws/no-empty-text'],
  )
})

t.test('a PATCH in Entra’s format sets manager and address', async t => {
  const { after, violations } = patched(
    mira,
    { op: 'Add', path: `${enterprise}:manager`, value: '3418d4b8-5081-7046-1f0a-6c1d2e3f4a5b' },
    { op: 'Add', path: 'addresses[type eq "work"].locality', value: 'Hull' },
    { op: 'Add', path: 'addresses[type eq "work"].country', value: 'UK' },
  )
  t.same(violations, [])
  t.same(after, {
    ...mira,
    addresses: [{ type: 'work', locality: 'Hull', country: 'UK' }],
    [enterprise]: { manager: { value: '3418d4b8-5081-7046-1f0a-6c1d2e3f4a5b' } },
  })
})

t.test('attributes that AWS ignores leave the user unchanged', async t => {
  t.same(
    patched(
      mira,
      { op: 'replace', value: { id: 'another' } },
      { op: 'add', path: 'shoeSize', value: 43 },
      { op: 'add', path: 'photos', value: [{ value: 'https://example.org/p' }] },
    ),
    { after: mira, violations: [] },
  )
})
