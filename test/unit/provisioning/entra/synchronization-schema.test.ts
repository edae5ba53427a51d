import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import { MappingError } from '../../../../src/provisioning/entra/mapping/fields.ts'
import { readMapping } from '../../../../src/provisioning/entra/mapping/read-mapping.ts'

const exported = new URL('../../../data/entra-provisioning-schema.json', import.meta.url)

/** A schema with one object mapping of users. */
const schema = (users: object, ...more: readonly object[]) => ({
  synchronizationRules: [{ objectMappings: [{ sourceObjectName: 'User', ...users }, ...more] }],
})

const attribute = (name: string, targetAttributeName: string, more = {}) => ({
  source: { name, type: 'Attribute', parameters: [] },
  targetAttributeName,
  matchingPriority: 0,
  ...more,
})

const userName = attribute('userPrincipalName', 'userName', { matchingPriority: 1 })

const mistakesOf = (json: unknown) => {
  try {
    readMapping(json)
  } catch (error) {
    if (error instanceof MappingError) return error.message.split('\n')
    throw error
  }
  return []
}

t.test("the downloaded schema of AWS's application is the built-in mapping aws", async t => {
  t.same(readMapping(JSON.parse(readFileSync(exported, 'utf8'))), defaultMappings.aws)
})

t.test('scope, actions, defaults, flows and expressions of a schema are those of a mapping file', async t => {
  const nested = {
    type: 'Function',
    name: 'Join',
    parameters: [
      { key: 'separator', value: { type: 'Constant', name: ' \\"', parameters: [] } },
      { key: 'source1', value: { type: 'Attribute', name: 'givenName', parameters: [] } },
      { key: 'source2', value: null },
    ],
  }
  const clause = (sourceOperandName: string, operatorName: string, ...values: readonly string[]) => ({
    sourceOperandName,
    operatorName,
    targetOperand: { values },
  })
  const users = {
    enabled: true,
    flowTypes: 'Add, Update',
    scope: {
      groups: [
        {
          name: 'Engineers',
          clauses: [clause('department', 'EQUALS', 'Engineering'), clause('mail', 'IS NOT NULL')],
        },
      ],
      inputFilterGroups: [],
    },
    attributeMappings: [
      userName,
      { source: null, targetAttributeName: 'title' },
      attribute('jobTitle', 'title', { defaultValue: 'Employee', flowType: 'ObjectAddOnly' }),
      { source: nested, targetAttributeName: 'displayName', defaultValue: null, flowType: 'Always' },
    ],
  }
  const groups = {
    sourceObjectName: 'Group',
    enabled: false,
    attributeMappings: [attribute('members', 'members')],
  }
  t.same(
    readMapping(schema(users, groups)),
    readMapping({
      users: {
        actions: { create: true, update: true, delete: false },
        scope: [
          {
            name: 'Engineers',
            clauses: [
              { attribute: 'department', operator: 'EQUALS', value: 'Engineering' },
              { attribute: 'mail', operator: 'IS NOT NULL' },
            ],
          },
        ],
        attributes: [
          { source: '[userPrincipalName]', target: 'userName', matching: 1 },
          { source: '[jobTitle]', target: 'title', default: 'Employee', flow: 'onCreate' },
          { source: 'Join(" \\\\\\"", [givenName], )', target: 'displayName' },
        ],
      },
      groups: { enabled: false, attributes: [{ source: '[members]', target: 'members', reference: true }] },
    }),
  )
})

t.test('what a schema has and the played client does not do is named by its target', async t => {
  const groups = [
    {
      name: 'x',
      clauses: [{ sourceOperandName: 'city', operatorName: 'EQUALS', targetOperand: { values: ['a', 'b'] } }],
    },
  ]
  t.same(
    mistakesOf(
      schema({
        scope: { groups, inputFilterGroups: groups },
        attributeMappings: [
          userName,
          { source: null, targetAttributeName: 'nickName' },
          attribute('mail', 'externalId', { flowType: 'AttributeAddOnly' }),
          { source: { expression: 'Mid([mail])' }, targetAttributeName: 'title' },
        ],
      }),
    ),
    [
      'User.scope.inputFilterGroups: is not supported. Move its clauses to "groups".',
      'User.scope "x".clauses[0]: has several values. Write one clause for each.',
      'User "externalId": has the flow type AttributeAddOnly. Supported are Always and ObjectAddOnly.',
      'User "title".source: Character 1 of the expression Mid([mail]): Mid requires 3 arguments, not 1: Mid(source, start, length).',
    ],
  )
  t.same(mistakesOf(schema({ attributeMappings: [userName] }, { sourceObjectName: 'User' })), [
    'User: has 2 object mappings. Remove those that do not provision the application.',
  ])
  t.same(mistakesOf({ synchronizationRules: [] }), ['User: is missing.'])
})
