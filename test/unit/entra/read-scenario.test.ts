import { readFileSync } from 'node:fs'
import t from 'tap'
import { readScenario, ScenarioError, scenarioFrom } from '../../../src/entra/scenario/read-scenario.ts'
import type { Json } from '../../../src/scim/json.ts'
import { shipped } from '../../support/entra-scenarios.ts'

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
  for (const name of shipped) await t.resolves(readScenario(`scenarios/${name}.json`), name)
})

t.test('scenarios/README.md lists all of them', async t => {
  const [table = ''] = readFileSync('scenarios/README.md', 'utf8').split('## The file')
  const listed = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, names = '']) =>
    names.replaceAll('`', '').split(', '),
  )
  t.same(listed.sort(), shipped)
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
  t.strictSame(steps, [
    { place: 'steps[0]', action: { do: 'advance', by: 36 * 3_600_000 }, expect: nothing },
    {
      place: 'steps[1]',
      action: { do: 'fail', fault: { with: 503, next: 2, on: { method: 'POST', path: '/Users' } } },
      expect: nothing,
    },
    {
      place: 'steps[2]',
      action: { do: 'setManager', who: 'moe@springfield.example', manager: undefined },
      expect: nothing,
      description: 'Moe is his own boss.',
    },
    {
      place: 'steps[3]',
      action: { do: 'cycle' },
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
  'oveMember, setManager, cycle, onDemand, restart, allowDeletions, advance, fail, throttle, expireToken, renewToken, request'

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
