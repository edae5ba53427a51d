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

t.test('all members of a mapping are read', async t => {
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
        defaultValue: 'Employee',
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
  t.equal(groups.enabled, false, 'groups without a mapping are not provisioned')
})

t.test('the default mappings match users by userName and groups by displayName', async t => {
  for (const [name, { users, groups }] of Object.entries(defaultMappings)) {
    const matched = [users, groups].map(({ attributes }) =>
      attributes
        .filter(({ matching }) => matching !== undefined)
        .map(({ target, matching }) => [target, matching]),
    )
    t.same(matched, [[['userName', 1]], [['displayName', 1]]], name)
  }
})

t.test('the mapping for AWS has one email address and one phone number', async t => {
  const targets = defaultMappings.aws.users.attributes.map(({ target }) => target)
  const of = (list: string) => targets.filter(target => target.startsWith(`${list}[`))
  t.same(
    [of('emails'), of('phoneNumbers')],
    [['emails[type eq "work"].value'], ['phoneNumbers[type eq "work"].value']],
  )
  t.equal(targets.length, 25)
})

t.test('all errors are reported with their locations', async t => {
  t.same(
    errorsOf({
      users: {
        enabled: 'yes',
        actions: { create: 1, purge: true },
        color: 'red',
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
    }).map(error => error.replace(/ Functions: Append.*/, '')),
    [
      'devices: unknown member. Known members: users, groups.',
      'users.color: unknown member. Known members: enabled, actions, scope, attributes.',
      'users.enabled: must be true or false.',
      'users.actions.purge: unknown member. Known members: create, update, delete.',
      'users.actions.create: must be true or false.',
      'users.attributes[0].source: Character 1 of the expression Guid(): Unknown function "Guid".',
      'users.attributes[0].matching: must be a whole number of at least 1: the matching precedence.',
      'users.attributes[1].source: Character 1 of the expression [mail: The bracket "[" must enclose the name ' +
        'of an attribute.',
      'users.attributes[1].target: "emails[type sw "work"].value" is not a target attribute. Write attribute, ' +
        'attribute.sub or attribute[type eq "work"].sub, optionally prefixed with the URN of its schema.',
      'users.attributes[2].source: is missing.',
      'users.attributes[2].default: must be a string.',
      'users.attributes[2].flow: must be "always" or "onCreate".',
      'users.attributes[3].matching: cannot be set on a reference.',
      'users.attributes[4]: must be an object with "source", "target", "matching", "default", "flow", "reference".',
      'users.attributes[5].mathcing: unknown member. Known members: source, target, matching, default, flow, reference.',
      'users.attributes: "externalID" has two mappings. Remove one of them.',
      'groups.attributes: must be a list.',
    ],
  )
})

t.test('conflicting and missing attributes are reported', async t => {
  const attribute = (target: string, more: object = {}) => ({ source: '[mail]', target, ...more })
  t.same(errorsOf({ users: { attributes: [attribute('userName')] } }), [
    'users.attributes: no matching attribute. Set "matching": 1 on the attribute that identifies objects.',
  ])
  t.same(
    errorsOf({
      users: {
        attributes: [attribute('userName', { matching: 1 }), attribute('externalId', { matching: 1 })],
      },
    }),
    [
      'users.attributes: "userName" and "externalId" both have matching precedence 1. Assign different numbers.',
    ],
  )
  t.same(errorsOf({}), ['users: is missing.'])
  t.same(errorsOf([]), [': must be an object with "users", "groups".'])
  t.same(errorsOf(null), errorsOf([]))
})
