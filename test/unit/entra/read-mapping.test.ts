import t from 'tap'
import { defaultMappings } from '../../../src/entra/mapping/default-mappings.ts'
import { MappingError } from '../../../src/entra/mapping/fields.ts'
import { readMapping } from '../../../src/entra/mapping/read-mapping.ts'

const errorsOf = (json: unknown) => {
  try {
    readMapping(json)
    return []
  } catch (error) {
    if (!(error instanceof MappingError)) throw error
    return error.errors.map(({ place, text }) => `${place}: ${text}`)
  }
}

t.test('a mapping is read with all that it says', async t => {
  const { users, groups } = readMapping({
    users: {
      actions: { delete: false },
      attributes: [
        { source: 'userPrincipalName', target: 'userName', matching: 1 },
        { source: '[jobTitle]', target: 'title', default: 'Employee', flow: 'onCreate' },
        { source: '[manager]', target: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager' },
        { source: '[secretary]', target: 'urn:x:secretary', reference: true },
      ],
    },
  })
  t.same(users, {
    enabled: true,
    actions: { create: true, update: true, delete: false },
    scope: [],
    attributes: [
      {
        source: { kind: 'attribute', name: 'userPrincipalName' },
        written: 'userPrincipalName',
        target: 'userName',
        matching: 1,
        flow: 'always',
      },
      {
        source: { kind: 'attribute', name: 'jobTitle' },
        written: '[jobTitle]',
        target: 'title',
        otherwise: 'Employee',
        flow: 'onCreate',
      },
      {
        source: { kind: 'attribute', name: 'manager' },
        written: '[manager]',
        target: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager',
        flow: 'always',
        reference: true,
      },
      {
        source: { kind: 'attribute', name: 'secretary' },
        written: '[secretary]',
        target: 'urn:x:secretary',
        flow: 'always',
        reference: true,
      },
    ],
  })
  t.equal(groups.enabled, false, 'groups that are not mapped are not provisioned')
})

t.test('the mappings that Entra brings match users by userName and groups by displayName', async t => {
  for (const [name, { users, groups }] of Object.entries(defaultMappings)) {
    const matched = [users, groups].map(({ attributes }) =>
      attributes
        .filter(({ matching }) => matching !== undefined)
        .map(({ target, matching }) => [target, matching]),
    )
    t.same(matched, [[['userName', 1]], [['displayName', 1]]], name)
  }
})

t.test('AWS gets one email address and one phone number', async t => {
  const targets = defaultMappings.aws.users.attributes.map(({ target }) => target)
  const of = (list: string) => targets.filter(target => target.startsWith(`${list}[`))
  t.same(
    [of('emails'), of('phoneNumbers')],
    [['emails[type eq "work"].value'], ['phoneNumbers[type eq "work"].value']],
  )
  t.equal(targets.length, 25)
})

t.test('all mistakes are told at once, each with its place', async t => {
  t.same(
    errorsOf({
      users: {
        enabled: 'yes',
        actions: { create: 1, purge: true },
        colour: 'red',
        attributes: [
          { source: 'Guid()', target: 'userName', matching: 0 },
          { source: '[mail', target: 'emails[type sw "work"].value' },
          { target: 'title', flow: 'never', default: 7 },
          { source: '[manager]', target: 'externalId', matching: 1 },
          'mail',
          { source: '[mail]', target: 'externalID', mathcing: 1 },
        ],
      },
      groups: { attributes: {} },
      devices: {},
    }).map(mistake => mistake.replace(/ Known are Append.*/, '')),
    [
      "devices: isn't known here. Known are users, groups.",
      "users.colour: isn't known here. Known are enabled, actions, scope, attributes.",
      'users.enabled: should be true or false.',
      "users.actions.purge: isn't known here. Known are create, update, delete.",
      'users.actions.create: should be true or false.',
      'users.attributes[0].source: At character 1 of the expression Guid(): The function "Guid" isn\'t known here.',
      'users.attributes[0].matching: is the matching precedence: a whole number, 1 for what is looked up first.',
      'users.attributes[1].source: At character 1 of the expression [mail: This bracket "[" should enclose the name ' +
        'of an attribute.',
      'users.attributes[1].target: "emails[type sw "work"].value" is not a target attribute. Write attribute, ' +
        'attribute.sub or attribute[type eq "work"].sub, optionally prefixed with the URN of its schema.',
      'users.attributes[2].source: is missing.',
      'users.attributes[2].default: should be a text.',
      'users.attributes[2].flow: should be "always" or "onCreate".',
      'users.attributes[3].matching: is for plain values; objects are not matched by a reference.',
      'users.attributes[4]: should be an object with "source", "target", "matching", "default", "flow", "reference".',
      "users.attributes[5].mathcing: isn't known here. Known are source, target, matching, default, flow, reference.",
      'users.attributes: "externalID" is mapped to twice. Keep one of them.',
      'groups.attributes: should be a list.',
    ],
  )
})

t.test('what only the whole shows', async t => {
  const attribute = (target: string, more: object = {}) => ({ source: '[mail]', target, ...more })
  t.same(errorsOf({ users: { attributes: [attribute('userName')] } }), [
    'users.attributes: none is matched by. Give the attribute that identifies objects "matching": 1.',
  ])
  t.same(
    errorsOf({
      users: {
        attributes: [attribute('userName', { matching: 1 }), attribute('externalId', { matching: 1 })],
      },
    }),
    ['users.attributes: "userName" and "externalId" both have matching precedence 1. Number them.'],
  )
  t.same(errorsOf({}), ['users: is missing. Say how users are mapped.'])
  t.same(errorsOf([]), [': should be an object with "users", "groups".'])
  t.same(errorsOf(null), errorsOf([]))
})
