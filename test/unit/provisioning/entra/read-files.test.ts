import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import { MappingError } from '../../../../src/provisioning/entra/mapping/fields.ts'
import { readMapping } from '../../../../src/provisioning/entra/mapping/read-mapping.ts'
import {
  readScenario,
  ScenarioError,
  scenarioFrom,
} from '../../../../src/provisioning/scenario/read-scenario.ts'
import type { Json } from '../../../../src/scim/json.ts'
import { shipped, shippedWithAuth } from '../../../support/entra-scenarios.ts'

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

async function errorsIn(json: Json): Promise<readonly string[]> {
  try {
    await scenarioFrom(json, 'mine.json')
  } catch (error) {
    if (error instanceof ScenarioError) return error.errors
    throw error
  }
  return []
}

const directory = { users: [{ id: 'id-of-moe', userPrincipalName: 'moe@springfield.example' }] }

t.test('all built-in scenarios are valid', async t => {
  for (const name of [...shipped, ...shippedWithAuth])
    await t.resolves(readScenario(`scenarios/${name}.json`), name)
})

t.test('scenarios/README.md lists all of them', async t => {
  const [table = ''] = readFileSync('scenarios/README.md', 'utf8').split('## The file')
  const listed = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, names = '']) =>
    names.replaceAll('`', '').split(', '),
  )
  t.same(listed.sort(), [...shipped, ...shippedWithAuth].sort())
})

t.test('all members of a scenario are read, with the former name of description', async t => {
  const { steps, ...rest } = await scenarioFrom(
    {
      name: 'Moe',
      directory,
      mapping: 'non-gallery',
      settings: { scope: 'all', accidentalDeletionThreshold: 0 },
      steps: [
        { do: 'advance', by: '1d12h' },
        { do: 'fail', with: 503, next: 2, on: 'POST /Users' },
        { do: 'setManager', who: 'moe@springfield.example', manager: null, says: 'Moe is his own boss.' },
        {
          do: 'cycle',
          expect: {
            users: { 'moe@springfield.example': { active: true }, Barney: 'absent' },
            groups: { Regulars: { members: ['moe@springfield.example'] } },
            requests: ['probes', { send: 'PATCH /Users/{{Moe}}', operations: [1], withFlag: [2] }],
          },
        },
      ],
    },
    'mine.json',
  )
  t.match(rest, { name: 'Moe', about: '', settings: { scope: 'all', accidentalDeletionThreshold: 0 } })
  const nothing = { users: [], groups: [], asDirectory: false, log: [] }
  const read = steps.map(({ action: { perform, ...action }, ...step }) => ({ ...step, action }))
  t.strictSame(read, [
    { place: 'steps[0]', action: { do: 'advance', description: '1.5 days pass.' }, expect: nothing },
    {
      place: 'steps[1]',
      action: { do: 'fail', description: 'The next 2 POST /Users requests return status 503.' },
      expect: nothing,
    },
    {
      place: 'steps[2]',
      action: { do: 'setManager', description: 'The manager of moe@springfield.example is cleared.' },
      expect: nothing,
      description: 'Moe is his own boss.',
    },
    {
      place: 'steps[3]',
      action: { do: 'cycle', description: 'A provisioning cycle runs.' },
      expect: {
        ...nothing,
        users: [
          { name: 'moe@springfield.example', attributes: { active: true } },
          { name: 'Barney', attributes: 'absent' },
        ],
        groups: [{ name: 'Regulars', attributes: {}, members: ['moe@springfield.example'] }],
        requests: [
          { kind: 'probes' },
          {
            kind: 'request',
            pattern: { method: 'PATCH', path: '/Users/{{Moe}}' },
            operations: { default: [1], aadOptscim062020: [2] },
          },
        ],
      },
    },
  ])
})

const verbs =
  'disable, enable, delete, purge, restore, unassign, assign, change, addUser, addGroup, addMember, rem' +
  'oveMember, setManager, cycle, onDemand, restart, allowDeletions, advance, fail, throttle, expireToken, renewToken, failTokenRequests, expireSecret, renewSecret, createSecret, deleteOldSecrets, rotateKeys, request'

t.test('all errors are reported together, with their locations', async t => {
  t.same(
    await errorsIn({
      directory: 'nowhere.json',
      mapping: { users: { attributes: [{ source: '[mail', target: 'userName', matching: 1 }] } },
      settings: { scope: 'some', concurrency: 0 },
      steps: [
        'cycle',
        { do: 'sing' },
        { do: 'disable' },
        { do: 'cycle', when: 'now' },
        { do: 'advance', by: 'a while' },
        { do: 'fail', with: 'fire', on: 'PUT /Users' },
        { do: 'request', send: 'Users' },
        {
          do: 'cycle',
          expect: { users: { moe: 'gone' }, requests: [{ send: 'GET /x', withFlag: [] }], log: [] },
        },
      ],
    }),
    [
      'name: is missing.',
      "nowhere.json: can't be read: no such file or folder.",
      'mapping.users.attributes[0].source: Character 1 of the expression [mail: The bracket "[" must enclose the name of an attribute.',
      'settings.scope: must be "assigned" or "all".',
      'settings.concurrency: must be a whole number of at least 1.',
      `steps[0]: must be an object with "do": one of ${verbs}.`,
      `steps[1]: must be an object with "do": one of ${verbs}.`,
      'steps[2].who: is missing.',
      'steps[3].when: unknown member. Known members: do, description, expect.',
      'steps[4].by: must be a duration such as 40m, 6h or 30d.',
      'steps[5].with: must be a status such as 500, or one of timeout, connection, html, duplicate.',
      'steps[5].on: must be a method and a path relative to the tenant URL, such as "PATCH /Users/*".',
      'steps[6].send: must be a method and a path relative to the tenant URL, such as "PATCH /Users/*".',
      'steps[7].expect.requests[0].withFlag: requires "operations", the operations without the flag.',
      'steps[7].expect.users.moe: must be an object of attributes, or "absent".',
      'steps[7].expect.log: must be an object.',
    ].map(error => `mine.json: ${error}`),
  )
})

t.test('a file that is not valid JSON is reported with its name and the position', async t => {
  await t.rejects(readScenario('README.md'), {
    name: 'ScenarioError',
    message: /^README\.md: can't be read as JSON: line 1, column 1: expected a value/,
  })
})
