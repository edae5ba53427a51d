import { readFileSync } from 'node:fs'
import t from 'tap'
import { createBody } from '../../../src/entra/create-body.ts'
import { defaultMappings } from '../../../src/entra/default-mappings/index.ts'
import { desiredOf } from '../../../src/entra/desired.ts'
import { defaultWireOptions } from '../../../src/entra/dialect.ts'
import { directoryFrom, readDirectory } from '../../../src/entra/read-directory.ts'
import { contextOfGroup, contextOfUser } from '../../../src/entra/source-object.ts'
import { buildTestApp } from '../../support/scim.ts'

const { directory, warnings } = await readDirectory('samples/springfield.json')
const { users, groups, assignments } = directory
const nameOf = new Map(
  [...users, ...groups].map(({ objectId, attributes }) => [objectId, attributes.displayName]),
)

t.test('Springfield is read without a warning', async t => {
  t.same(warnings, [])
})

t.test('the groups, and who is in them', async t => {
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

t.test('AWS takes all of its users and groups', async t => {
  const { speak } = await buildTestApp(t, 'aws')
  const nobody = () => undefined
  for (const user of users) {
    const context = contextOfUser(user, { isSoftDeleted: false, appRoles: [] })
    const desired = desiredOf(defaultMappings.aws.users, context, nobody, 'create')
    await speak.create('Users', createBody('user', desired, defaultWireOptions))
  }
  for (const group of groups) {
    const desired = desiredOf(defaultMappings.aws.groups, contextOfGroup(group), nobody, 'create')
    await speak.create('Groups', createBody('group', desired, defaultWireOptions))
  }
  t.equal((await speak.get('/Users')).body.totalResults, users.length)
})

t.test('the example of samples/README.md is a directory', async t => {
  const example = /```json\n([\s\S]*?)```/.exec(readFileSync('samples/README.md', 'utf8'))?.[1] ?? ''
  const { directory, warnings } = directoryFrom(JSON.parse(example), 'example')
  t.same(
    [directory.users.length, directory.groups[0]?.members.length, directory.assignments.length],
    [1, 1, 2],
  )
  t.same(warnings, [
    'example: users[0] (marge@springfield.example): manager: "waylon@springfield.example" is nobody in this directory; left out.',
  ])
})
