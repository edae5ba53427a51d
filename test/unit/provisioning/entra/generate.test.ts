import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultMappings } from '../../../../src/provisioning/entra/mapping/default-mappings.ts'
import {
  groupExpressionContext,
  userExpressionContext,
} from '../../../../src/provisioning/entra/mapping/values.ts'
import { desiredValues } from '../../../../src/provisioning/entra/planning/changes.ts'
import { createBody } from '../../../../src/provisioning/entra/planning/request-bodies.ts'
import { createRandom, generateDirectory } from '../../../../src/provisioning/kit/directory/generate.ts'
import { parseDirectory, readDirectory } from '../../../../src/provisioning/kit/directory/read-directory.ts'
import { toScimulatorFormat } from '../../../../src/provisioning/kit/directory/write-directory.ts'
import { defaultRequestOptions } from '../../../../src/provisioning/kit/target.ts'
import { buildTestApp } from '../../../support/scim.ts'

const unique = (values: readonly unknown[]) => new Set(values.map(value => String(value).toLowerCase())).size

t.test('the same seed generates the same directory', async t => {
  const size = { users: 60, groups: 5, groupSize: 7 }
  t.same(generateDirectory({ ...size, seed: 7 }), generateDirectory({ ...size, seed: 7 }))
  t.not(
    JSON.stringify(generateDirectory({ ...size, seed: 7 })),
    JSON.stringify(generateDirectory({ ...size, seed: 8 })),
  )
  t.same(generateDirectory({ users: 1, groups: 1, seed: 7 }), {
    users: [
      {
        objectId: '16169bf4-71d9-819d-842b-6962f81f5c7a',
        accountEnabled: true,
        attributes: {
          userPrincipalName: 'thomas.young@generated.example',
          mail: 'thomas.young@generated.example',
          mailNickname: 'thomas.young',
          displayName: 'Thomas Young',
          givenName: 'Thomas',
          surname: 'Young',
          jobTitle: 'Managing Director',
          department: 'Management',
          employeeId: '100000',
          telephoneNumber: '+1 555 1000000',
          city: 'Dublin',
          country: 'Ireland',
          usageLocation: 'IE',
          preferredLanguage: 'en-IE',
          physicalDeliveryOfficeName: 'Dublin 4',
          userType: 'Member',
        },
      },
    ],
    groups: [
      {
        objectId: 'd6b75296-b09f-844d-ae26-a2303ab12c6c',
        attributes: {
          displayName: 'Reporting Auditors',
          mailNickname: 'reporting-auditors',
          mailEnabled: false,
          securityEnabled: true,
        },
        members: ['16169bf4-71d9-819d-842b-6962f81f5c7a'],
      },
    ],
    assignments: [{ principal: 'd6b75296-b09f-844d-ae26-a2303ab12c6c' }],
  })
})

t.test('5,000 users and 200 groups of 100 with unique names are generated within a second', async t => {
  const started = performance.now()
  const { users, groups, assignments } = generateDirectory({ users: 5000, groups: 200, seed: 7 })
  const took = performance.now() - started

  t.equal(users.length, 5000)
  t.equal(unique(users.map(({ attributes }) => attributes.userPrincipalName)), 5000)
  t.equal(unique(users.map(({ attributes }) => attributes.mailNickname)), 5000)
  t.equal(groups.length, 200)
  t.equal(unique(groups.map(({ attributes }) => attributes.displayName)), 200)
  t.equal(unique([...users, ...groups].map(({ objectId }) => objectId)), 5200)
  t.same(
    groups.map(({ members }) => unique(members)),
    groups.map(() => 100),
  )
  const provisioned = new Set([
    ...groups.flatMap(({ members }) => members),
    ...assignments.map(({ principal }) => principal),
  ])
  t.ok(
    users.every(({ objectId }) => provisioned.has(objectId)),
    'all users are assigned, directly or by a group',
  )
  t.ok(took < 1000, `${Math.round(took)} ms`)
})

t.test('every user reports to the managing director', async t => {
  const { users } = generateDirectory({ users: 300, groups: 0, seed: 1 })
  const byId = new Map(users.map(user => [user.objectId, user]))
  const headOf = (user = users[0], steps = 0): unknown =>
    user?.manager === undefined || steps > 300 ? user : headOf(byId.get(user.manager), steps + 1)
  t.same(
    users.filter(({ manager }) => manager === undefined),
    [users[0]],
  )
  t.ok(users.every(user => headOf(user) === users[0]))
})

t.test('userPrincipalNames are ASCII; names have accents and apostrophes', async t => {
  const { users } = generateDirectory({ users: 2000, groups: 0, seed: 3 })
  const wrong = users.filter(
    ({ attributes }) => !/^[a-z.-]+\d*@generated\.example$/.test(String(attributes.userPrincipalName)),
  )
  t.same(wrong, [])
  const names = users.map(({ attributes }) => String(attributes.displayName)).join()
  t.match(names, /é/)
  t.match(names, /O'/)
  t.notMatch(names, /[<>;:%]/)
})

t.test('generated directories are read without warnings', async t => {
  const directory = generateDirectory({ users: 200, groups: 30, groupSize: 10, seed: 5 })
  t.same(parseDirectory(toScimulatorFormat(directory), 'generated'), { directory, warnings: [] })
})

t.test('the size of a group is limited to the number of users, and may be 0', async t => {
  t.equal(generateDirectory({ users: 3, groups: 1, seed: 1 }).groups[0]?.members.length, 3)
  t.same(generateDirectory({ users: 0, groups: 1, seed: 1 }).groups[0]?.members, [])
  t.same(generateDirectory({ users: 0, groups: 0, seed: 1 }), { users: [], groups: [], assignments: [] })
})

t.test('invalid sizes are rejected', async t => {
  t.throws(() => generateDirectory({ users: -1, groups: 0, seed: 1 }), {
    message: 'users must be a whole number of at least 0, not -1.',
  })
  t.throws(() => generateDirectory({ users: 1, groups: 0.5, seed: 1 }), { message: /^groups must be/ })
  t.throws(() => generateDirectory({ users: 1, groups: 0, seed: Number.NaN }), {
    message: 'seed must be a whole number, not NaN.',
  })
})

t.test('random numbers are evenly distributed', async t => {
  const random = createRandom(1)
  const draws = Array.from({ length: 4000 }, () => random.below(4))
  const counts = [0, 1, 2, 3].map(number => draws.filter(draw => draw === number).length)
  t.ok(
    counts.every(count => count > 850 && count < 1150),
    String(counts),
  )
  t.same([...random.different(5, 5)].sort(), [0, 1, 2, 3, 4])
})

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
