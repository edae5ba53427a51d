import t from 'tap'
import type { SourceValue } from '../../../src/entra/directory/source-directory.ts'
import { defaultMappings } from '../../../src/entra/mapping/default-mappings.ts'
import { readMapping } from '../../../src/entra/mapping/read-mapping.ts'
import {
  type ExpressionContext,
  groupExpressionContext,
  userExpressionContext,
} from '../../../src/entra/mapping/values.ts'
import {
  desiredValues,
  mapsMembers,
  type RequestKind,
  unresolvedReferences,
} from '../../../src/entra/planning/attribute-values.ts'
import { enterpriseUrn, roleOf, sourceOf } from '../../support/entra.ts'

const links: Readonly<Record<string, string>> = { burns: 'id of burns', homer: 'id of homer' }
const linkOf = (objectId: string) => links[objectId]

const mapped = (
  attributes: readonly object[],
  source: Readonly<Record<string, SourceValue>>,
  { requestKind, ...more }: Partial<ExpressionContext> & { requestKind?: RequestKind } = {},
) => {
  const { users } = readMapping({
    users: { attributes: [{ source: '"x"', target: 'userName', matching: 1 }, ...attributes] },
  })
  const [, ...values] = desiredValues(users, sourceOf(source, more), linkOf, requestKind)
  return values
}

t.test('a user is mapped in the order of the mapping, without empty values', async t => {
  const context = userExpressionContext(
    {
      objectId: 'marge',
      accountEnabled: true,
      attributes: { userPrincipalName: 'marge@x', givenName: 'Marge', mail: '', displayName: 'Marge' },
      manager: 'burns',
    },
    { isSoftDeleted: false, appRoles: [] },
  )
  t.same(
    [...desiredValues(defaultMappings.aws.users, context, linkOf)],
    [
      ['userName', 'marge@x'],
      ['active', true],
      ['displayName', 'Marge'],
      ['name.givenName', 'Marge'],
      ['name.formatted', 'Marge'],
      [`${enterpriseUrn}:manager`, { reference: 'id of burns' }],
    ],
  )
})

t.test('strings are converted to booleans for boolean target attributes only', async t => {
  t.same(
    mapped(
      [
        { source: '[a]', target: 'active' },
        { source: '[a]', target: 'title' },
        { source: '[a]', target: 'emails[type eq "work"].primary' },
        { source: '[odd]', target: 'roles[type eq "x"].primary' },
        { source: '[enabled]', target: 'urn:x:2.0:User:enabled' },
      ],
      { a: 'True', odd: 'perhaps', enabled: false },
    ),
    [
      ['active', true],
      ['title', 'True'],
      ['emails[type eq "work"].primary', true],
      ['roles[type eq "x"].primary', 'perhaps'],
      ['urn:x:2.0:User:enabled', false],
    ],
  )
})

t.test('only a create uses default values and the flow onCreate', async t => {
  const attributes = [
    { source: '[jobTitle]', target: 'title', default: 'Employee' },
    { source: '[nick]', target: 'nickName', flow: 'onCreate' },
    { source: '[lang]', target: 'locale', default: '' },
  ]
  t.same(mapped(attributes, { nick: 'Midge' }, { requestKind: 'create' }), [
    ['title', 'Employee'],
    ['nickName', 'Midge'],
  ])
  t.same(mapped(attributes, { nick: 'Midge' }), [])
  t.same(mapped(attributes, { jobTitle: 'Clerk' }, { requestKind: 'create' }), [['title', 'Clerk']])
})

t.test('references to objects that are not in the target are omitted and reported', async t => {
  const { groups, users } = defaultMappings.nonGallery
  const context = sourceOf({ displayName: 'Plant', objectId: 'plant', members: ['homer', 'lenny', 'carl'] })
  t.same(
    [...desiredValues(groups, context, linkOf)],
    [
      ['displayName', 'Plant'],
      ['externalId', 'plant'],
      ['members', { reference: ['id of homer'] }],
    ],
  )
  t.same(unresolvedReferences(groups, context, linkOf), [
    { target: 'members', objectId: 'lenny' },
    { target: 'members', objectId: 'carl' },
  ])
  const lenny = sourceOf({ userPrincipalName: 'lenny', manager: 'smithers' })
  t.same(
    [...desiredValues(users, lenny, linkOf)].map(([target]) => target),
    ['userName', 'active'],
  )
  t.same(unresolvedReferences(users, lenny, linkOf), [
    { target: `${enterpriseUrn}:manager`, objectId: 'smithers' },
  ])
})

t.test('a group is mapped without its members', async t => {
  const { groups, users } = defaultMappings.nonGallery
  const group = { objectId: 'plant', attributes: { displayName: 'Plant' }, members: ['homer'] }
  t.same(
    [...desiredValues(groups, groupExpressionContext(group), linkOf)],
    [
      ['displayName', 'Plant'],
      ['externalId', 'plant'],
    ],
  )
  t.equal(mapsMembers(groups), true)
  t.equal(mapsMembers(users), false)
})

t.test('a role is an object for role attributes, and its name for others', async t => {
  const single = 'SingleAppRoleAssignment([appRoleAssignments])'
  t.same(
    mapped(
      [
        { source: single, target: 'roles[primary eq "True"].value' },
        { source: single, target: 'roles[primary eq "True"].display' },
        { source: single, target: 'userType' },
      ],
      {},
      { appRoles: [roleOf('Admin')] },
    ),
    [
      ['roles[primary eq "True"].value', { kind: 'singleRole', roles: [roleOf('Admin')] }],
      ['roles[primary eq "True"].display', 'Admin'],
      ['userType', 'Admin'],
    ],
  )
})
