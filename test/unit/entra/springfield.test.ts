import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDirectory, readDirectory } from '../../../src/entra/directory/read-directory.ts'
import { defaultMappings } from '../../../src/entra/mapping/default-mappings.ts'
import { groupExpressionContext, userExpressionContext } from '../../../src/entra/mapping/values.ts'
import { desiredValues } from '../../../src/entra/planning/attribute-values.ts'
import { createBody } from '../../../src/entra/planning/request-bodies.ts'
import { defaultRequestOptions } from '../../../src/entra/target.ts'
import { buildTestApp } from '../../support/scim.ts'

const { directory, warnings } = await readDirectory('samples/springfield.json')
const { users, groups, assignments } = directory
const nameOf = new Map(
  [...users, ...groups].map(({ objectId, attributes }) => [objectId, attributes.displayName]),
)

t.test('Springfield is read without warnings', async t => {
  t.same(warnings, [])
})

t.test("Springfield's groups have these members", async t => {
  t.same(
    groups.map(({ attributes, members }) => [attributes.displayName, members.map(id => nameOf.get(id))]),
    [
      ['Network Operators', ['Barney Gumble', 'Lenny Leonard']],
      ['Security Admins', ['Marge Simpson']],
      ['Security Auditors', ['Lisa Simpson', 'Edna Krabappel', 'Marge Simpson']],
      ['Systems Operators', ['Carl Carlson', 'Lenny Leonard', 'Frank Grimes', 'Sector 7G']],
      ['Sector 7G', ['Homer Simpson', 'Carl Carlson']],
    ],
  )
  t.same(
    assignments.map(({ principal }) => nameOf.get(principal)),
    ['Network Operators', 'Security Admins', 'Security Auditors', 'Systems Operators'],
  )
})

t.test('the aws profile accepts all users and groups of Springfield', async t => {
  const { client } = await buildTestApp(t, 'aws')
  const noLink = () => undefined
  for (const user of users) {
    const context = userExpressionContext(user, { isSoftDeleted: false, appRoles: [] })
    const desired = desiredValues(defaultMappings.aws.users, context, noLink, 'create')
    await client.create('Users', createBody('user', desired, defaultRequestOptions))
  }
  for (const group of groups) {
    const desired = desiredValues(defaultMappings.aws.groups, groupExpressionContext(group), noLink, 'create')
    await client.create('Groups', createBody('group', desired, defaultRequestOptions))
  }
  t.equal((await client.get('/Users')).body.totalResults, users.length)
})

t.test('the example in samples/README.md is a valid directory', async t => {
  const example = /```json\n([\s\S]*?)```/.exec(readFileSync('samples/README.md', 'utf8'))?.[1] ?? ''
  const { directory, warnings } = parseDirectory(JSON.parse(example), 'example')
  t.same(
    [directory.users.length, directory.groups[0]?.members.length, directory.assignments.length],
    [1, 1, 2],
  )
  t.same(warnings, [
    'example: users[0] (marge@springfield.example): manager: "waylon@springfield.example" is not in this directory; ignored.',
  ])
})
