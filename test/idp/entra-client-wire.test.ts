import { readFileSync } from 'node:fs'
import t from 'tap'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import type { Target, TargetRequest, TargetResponse } from '../../src/provisioning/kit/target.ts'
import { isObject, type Json, type JsonObject, jsonEquals } from '../../src/scim/json.ts'
import { mappingWith, type Story, sentIn } from '../support/entra-story.ts'
import { tenantMaker } from '../support/entra-tenants.ts'

// The client sends each recorded request of Entra in the same situation: method, path, query and body.

type Line = {
  readonly name: string
  readonly scenario: string
  readonly mode: 'default' | 'aadOptscim062020'
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Json
}

const lines: readonly Line[] = readFileSync(new URL('entra-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

const mail = (alias: string) => `${alias}@springfield.example`
const person = (alias: string, givenName: string, surname: string, more: JsonObject = {}): JsonObject => ({
  id: `id-of-${alias}`,
  userPrincipalName: mail(alias),
  mail: mail(alias),
  mailNickname: alias,
  displayName: `${givenName} ${surname}`,
  givenName,
  surname,
  ...more,
})
const homer = person('homer', 'Homer', 'Simpson', { employeeId: '700137' })
const wholeHomer: JsonObject = {
  ...homer,
  jobTitle: 'Safety Inspector',
  preferredLanguage: 'en-US',
  officeLocation: 'Sector 7G',
  streetAddress: '100 Industrial Way',
  city: 'Springfield',
  state: 'NT',
  postalCode: '49007',
  country: 'United States',
  businessPhones: ['+1 555 0100'],
  mobilePhone: '+1 555 0101',
  faxNumber: '+1 555 0102',
  department: 'Sector 7G',
}
const { displayName: _, ...burns } = person('burns', 'Montgomery', 'Burns', {
  mailNickname: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
})
const marge = person('marge', 'Marge', 'Simpson')
const lenny = person('lenny', 'Lenny', 'Leonard', { department: 'Sector 7G' })
const moe = person('moe', 'Moe', 'Szyslak')
const apu = person('apu', 'Apu', 'Nahasapeemapetilon')
const milhouse = person('milhouse', 'Milhouse', 'Van Houten', {
  onPremisesExtensionAttributes: { extensionAttribute1: 'B-204' },
})
const lisa = person('lisa', 'Lisa', 'Simpson', { jobTitle: 'Saxophonist' })
const bart: JsonObject = { id: 'id-of-bart', userPrincipalName: mail('bart'), mailNickname: 'bart' }
const group = (id: string, displayName: string, ...members: readonly string[]): JsonObject => ({
  id,
  displayName,
  members: members.map(mail),
})
const plant = (...members: readonly string[]) =>
  group('8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159', 'Nuclear Plant', ...members)
const sector7g = (...members: readonly string[]) =>
  group('5b2a5d0b-7a0c-4a4b-9d3c-11f3b9d5a7e2', 'Sector 7G', ...members)
const school = (...members: readonly string[]) =>
  group('1c0d8c4a-6f7c-4b0c-9d6b-6a1b6c7d8e9f', 'Springfield Elementary', ...members)

const cycle: JsonObject = { do: 'cycle' }
const flag = { dialect: 'aadOptscim062020' } as const
const change = (alias: string, attributes: JsonObject): JsonObject => ({
  do: 'change',
  who: mail(alias),
  attributes,
})
const who = (verb: string, alias: string): JsonObject => ({ do: verb, who: mail(alias) })
const roleOf = (value: string): JsonObject => ({ id: `id-of-${value}`, value, displayName: value })
const matchedBy = (target: string): Json =>
  JSON.parse(
    JSON.stringify(mappingWith([]))
      .replace('"userName","matching":1', '"userName"')
      .replace(`"target":"${target}"`, `"target":"${target}","matching":1`),
  )

/** Creates a user in the target before the cycle. */
const existsInTarget = (userName: string, more: JsonObject = {}): JsonObject => ({
  do: 'request',
  send: 'POST /Users',
  body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, active: true, ...more },
})

const modifyingResponses =
  (matches: (request: TargetRequest) => boolean, change: (body: JsonObject) => JsonObject) =>
  (target: Target): Target =>
  async request => {
    const response = await target(request)
    if (response.kind === 'none' || !isObject(response.body) || !matches(request)) return response
    const body = change(response.body)
    return { ...response, body, text: JSON.stringify(body) } satisfies TargetResponse
  }
const withoutActive = modifyingResponses(
  ({ method }) => method === 'GET',
  ({ active, ...body }) => body,
)
const emptyList = {
  schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
  totalResults: 0,
  Resources: [],
}
/** Hides a group that another client created from searches. */
const hidingGroups = modifyingResponses(
  ({ method, path }) => method === 'GET' && path.startsWith('/Groups?'),
  () => emptyList,
)

const joined = 'name.formatted'
const stories = {
  'connection test': { users: [marge], groups: [plant()], steps: [cycle] },
  'connection test, matching by externalId': {
    users: [marge],
    mapping: matchedBy('externalId'),
    steps: [cycle],
  },
  'wrong token': { users: [marge], steps: [{ do: 'expireToken' }, cycle] },
  'new users': {
    users: [wholeHomer, burns, moe],
    steps: [cycle, change('homer', { jobTitle: 'Astronaut' }), cycle],
  },
  'new user, active as string': {
    users: [marge],
    wire: { activeAsStringOnCreate: true },
    steps: [cycle, change('marge', { jobTitle: 'Artist' }), cycle],
  },
  'new user with manager': {
    users: [burns, { ...lenny, manager: mail('burns') }, homer],
    wire: { sendManagerOnCreate: true },
    steps: [cycle, { do: 'setManager', who: mail('lenny'), manager: mail('homer') }, cycle],
  },
  'new user with a role': {
    users: [apu],
    assignments: [{ principal: mail('apu'), appRole: roleOf('Admin') }],
    mapping: mappingWith([
      { source: 'SingleAppRoleAssignment([appRoleAssignments])', target: 'roles[primary eq "True"].value' },
    ]),
    steps: [cycle],
  },
  'new user with roles and an extension': {
    users: [milhouse],
    assignments: ['Reader', 'Auditor'].map(role => ({ principal: mail('milhouse'), appRole: roleOf(role) })),
    mapping: mappingWith([
      { source: 'AppRoleAssignmentsComplex([appRoleAssignments])', target: 'roles' },
      {
        source: '[extensionAttribute1]',
        target: 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge',
      },
    ]),
    steps: [cycle],
  },
  'in the target': { users: [marge], steps: [existsInTarget(mail('marge')), cycle] },
  'in the target in another case': {
    users: [{ ...marge, userPrincipalName: 'MARGE@SPRINGFIELD.EXAMPLE' }],
    steps: [existsInTarget(mail('marge')), cycle],
  },
  'in the target under another name': {
    users: [marge],
    mapping: JSON.parse(
      JSON.stringify(mappingWith([])).replace(
        '"target":"emails[type eq \\"work\\"].value"',
        '"target":"emails[type eq \\"work\\"].value","matching":2',
      ),
    ),
    steps: [existsInTarget('margie', { emails: [{ type: 'work', value: mail('marge') }] }), cycle],
  },
  'in the target, matching by externalId': {
    users: [marge],
    mapping: matchedBy('externalId'),
    steps: [existsInTarget('margie', { externalId: 'marge' }), cycle],
  },
  'in the target but not found': {
    users: [marge],
    mapping: matchedBy('externalId'),
    steps: [existsInTarget(mail('marge')), cycle],
  },
  'several attributes change': {
    users: [homer, marge],
    mapping: mappingWith([], [joined]),
    steps: [
      cycle,
      change('homer', {
        displayName: 'Homer J. Simpson',
        mail: mail('homer.j'),
        givenName: 'Homer Jay',
        surname: 'Simpson-Bouvier',
        mailNickname: 'homerj',
        employeeId: '700138',
      }),
      change('marge', { mail: mail('marge.s'), surname: 'Bouvier' }),
      cycle,
    ],
  },
  'attributes are added': {
    users: [marge, burns],
    mapping: mappingWith([{ source: '[extensionAttribute2]', target: 'nickName' }]),
    steps: [
      cycle,
      change('marge', { extensionAttribute2: 'Midge' }),
      change('burns', { jobTitle: 'Plant Owner', department: 'Executive' }),
      cycle,
    ],
  },
  'manager is set': {
    users: [homer, burns],
    steps: [cycle, { do: 'setManager', who: mail('homer'), manager: mail('burns') }, cycle],
  },
  'disabled and enabled': {
    users: [lenny],
    steps: [
      cycle,
      who('disable', 'lenny'),
      cycle,
      { do: 'restart', full: true },
      cycle,
      who('enable', 'lenny'),
      cycle,
    ],
  },
  'enabled in a target without active': {
    users: [moe],
    through: withoutActive,
    steps: [cycle, change('moe', { companyName: 'Tavern' }), cycle],
  },
  'new groups': { users: [homer], groups: [plant('homer'), sector7g()], steps: [cycle] },
  'group without Microsoft’s schema': {
    groups: [sector7g()],
    wire: { groupSchemaMs: false },
    steps: [cycle],
  },
  'group created by another client': {
    groups: [plant()],
    through: hidingGroups,
    steps: [
      {
        do: 'request',
        send: 'POST /Groups',
        body: { schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'], displayName: 'Nuclear Plant' },
      },
      cycle,
    ],
  },
  'members with a null reference': {
    users: [lenny],
    groups: [plant('lenny')],
    wire: { memberNullRef: true },
    steps: [cycle],
  },
  'members in batches': {
    users: [marge, moe, apu],
    groups: [plant('marge', 'moe', 'apu')],
    settings: { memberBatchSize: 5 },
    steps: [cycle, { do: 'removeMember', who: mail('moe'), group: 'Nuclear Plant' }, cycle],
  },
  'group is deleted': {
    groups: [sector7g()],
    steps: [cycle, { do: 'delete', who: 'Sector 7G' }, cycle],
  },
  'group deleted by another client': {
    groups: [sector7g()],
    steps: [
      cycle,
      { do: 'request', send: 'DELETE /Groups/{{Sector 7G}}' },
      { do: 'change', who: 'Sector 7G', attributes: { description: 'Closed' } },
      cycle,
    ],
  },
  'user is purged': { users: [milhouse], steps: [cycle, who('purge', 'milhouse'), cycle] },
  'user deleted by another client': {
    users: [milhouse],
    steps: [
      cycle,
      { do: 'request', send: `DELETE /Users/{{${mail('milhouse')}}}` },
      change('milhouse', { jobTitle: 'Sidekick' }),
      cycle,
      { do: 'restart', full: true },
      cycle,
    ],
  },

  'flag: new users': {
    users: [lisa, bart],
    wire: flag,
    steps: [cycle, change('lisa', { city: 'Paris' }), cycle],
  },
  'flag: disabled and enabled': {
    users: [bart],
    wire: flag,
    steps: [
      cycle,
      who('disable', 'bart'),
      cycle,
      { do: 'restart', full: true },
      cycle,
      who('enable', 'bart'),
      cycle,
    ],
  },
  'flag: on demand': {
    users: [bart],
    wire: flag,
    steps: [
      cycle,
      who('disable', 'bart'),
      who('onDemand', 'bart'),
      who('enable', 'bart'),
      who('onDemand', 'bart'),
    ],
  },
  'flag: members': {
    users: [lisa, milhouse],
    groups: [school('lisa', 'milhouse')],
    wire: flag,
    steps: [cycle, { do: 'removeMember', who: mail('milhouse'), group: 'Springfield Elementary' }, cycle],
  },
} as const satisfies Record<string, Story>

type StoryName = keyof typeof stories

/** The story that sends each recorded request. */
const storyByRequest: Readonly<Record<string, StoryName>> = {
  'probe user with random guid (1)': 'connection test',
  'probe user with random guid (2)': 'connection test',
  'probe user by externalId when that is the matching attribute': 'connection test, matching by externalId',
  'probe group with random guid': 'connection test',
  'probe with wrong token': 'wrong token',
  'match homer - none': 'new users',
  'create homer - full default mapping': 'new users',
  'match burns - none': 'new users',
  'create burns - documented minimal body': 'new users',
  'match marge - none': 'new user, active as string',
  'create marge - active as string': 'new user, active as string',
  'read marge after create': 'new user, active as string',
  'match lenny - none': 'new user with manager',
  'create lenny - manager as bare string': 'new user with manager',
  'read lenny after create': 'new user with manager',
  'match moe - none': 'new users',
  'match apu - none': 'new user with a role',
  'create apu - single app role': 'new user with a role',
  'match milhouse - none': 'new user with roles and an extension',
  'create milhouse - app roles complex, custom extension outside schemas':
    'new user with roles and an extension',
  'verify after create': 'new users',
  'match marge - one hit': 'in the target',
  'match marge - other case': 'in the target in another case',
  'match by second matching attribute': 'in the target under another name',
  'match by externalId': 'in the target, matching by externalId',
  'create marge again - conflict': 'in the target but not found',
  'read homer before update': 'several attributes change',
  'replace several attributes': 'several attributes change',
  'read homer after update': 'several attributes change',
  'replace email and family name': 'several attributes change',
  'add single-valued attribute': 'attributes are added',
  'add title and department': 'attributes are added',
  'read lenny before reference update': 'new user with manager',
  'set manager (plain string)': 'manager is set',
  'change manager': 'new user with manager',
  'disable - string False': 'disabled and enabled',
  'read disabled user by id': 'disabled and enabled',
  'match disabled user by filter': 'disabled and enabled',
  're-enable - string True': 'disabled and enabled',
  're-enable with Add': 'enabled in a target without active',
  'match group - none': 'new groups',
  'create group - documented schemas': 'new groups',
  'match nested group - none': 'new groups',
  'create group - empty members': 'group without Microsoft’s schema',
  'create group again - conflict': 'group created by another client',
  'read group without members': 'new groups',
  'add one member': 'new groups',
  'add one member with null $ref': 'members with a null reference',
  'add several members in one op': 'members in batches',
  'remove member - value array': 'members in batches',
  'read group before delete': 'group is deleted',
  'delete group': 'group is deleted',
  'read deleted group': 'group deleted by another client',
  'read user before hard delete': 'user is purged',
  'hard delete': 'user is purged',
  'read deleted user': 'user deleted by another client',
  'match deleted user': 'user deleted by another client',
}

/** The same with the flag in the tenant URL. */
const storyByFlaggedRequest: Readonly<Record<string, StoryName>> = {
  'match lisa - none': 'flag: new users',
  'create lisa': 'flag: new users',
  'match bart - none': 'flag: new users',
  'create bart - bare': 'flag: new users',
  'read lisa before update': 'flag: new users',
  'disable - boolean': 'flag: disabled and enabled',
  'match disabled user by filter': 'flag: disabled and enabled',
  're-enable - boolean': 'flag: disabled and enabled',
  'on-demand disable ignores the flag': 'flag: on demand',
  'on-demand enable ignores the flag': 'flag: on demand',
  'create group': 'flag: members',
  'read group without members': 'flag: members',
  'add member': 'flag: members',
  'remove member - value filter path': 'flag: members',
}

/** Recorded requests that this client does not send, with the reason. */
const neverSent: Readonly<Record<string, string>> = {
  'discover schemas': 'sent by the portal’s provisioning page, not by cycles',
  'discover resource types': 'as above; required by the gallery checklist',
  'discover service provider config': 'as above; required by the gallery checklist',
  'create moe - nulls tolerated': 'the body of an older client, with nulls and a misspelled URN',
  'disable - documented boolean':
    'the form of the tutorial; this client sends that of the compatibility page',
}

const storyOf = ({ name, mode }: Line) => (mode === 'default' ? storyByRequest : storyByFlaggedRequest)[name]

t.test('each recorded request is in a story or in the list of requests that are not sent', async t => {
  t.same(
    lines.filter(line => storyOf(line) === undefined).map(({ name }) => name),
    Object.keys(neverSent),
  )
  const known = new Set(lines.map(({ name }) => name))
  t.same(
    [...Object.keys(storyByRequest), ...Object.keys(storyByFlaggedRequest)].filter(name => !known.has(name)),
    [],
  )
})

/** GUIDs differ in each run; recorded names are short. */
const guid = /%22[0-9a-f]{8}-[0-9a-f-]{27}%22/
const short = (text: string) =>
  text
    .replace(guid, '%22some-guid%22')
    .replace(/\{\{(\w+)@springfield\.example\}\}/g, '{{$1}}')
    .replaceAll('{{Nuclear Plant}}', '{{plant}}')
    .replaceAll('{{Sector 7G}}', '{{sector7g}}')
    .replaceAll('{{Springfield Elementary}}', '{{school}}')
const comparable = ({ method, path, body }: Pick<Line, 'method' | 'path' | 'body'>): JsonObject =>
  JSON.parse(short(JSON.stringify({ method, path, ...(body !== undefined && { body }) })))

const tenant = await tenantMaker(t)

for (const [name, story] of Object.entries(stories)) {
  t.test(name, async t => {
    const sent = (await sentIn(story, await tenant('entra'))).map(comparable)
    for (const line of lines.filter(each => storyOf(each) === name)) {
      const recorded = comparable(line)
      const found = sent.find(request => jsonEquals(request, recorded))
      const closest = sent.filter(({ method }) => method === recorded.method)
      t.strictSame(found ?? closest, recorded, line.name)
    }
  })
}

t.test('the sent headers equal the recorded ones', async t => {
  const { url, token } = await tenant('entra')
  const sentRequests: { readonly method: string; readonly headers: Readonly<Record<string, string>> }[] = []
  const recordingFetch: typeof fetch = (address, init = {}) => {
    sentRequests.push({ method: String(init.method), headers: init.headers as Record<string, string> })
    return fetch(address, init)
  }
  const target = httpTarget({ tenantUrl: url, token, fetch: recordingFetch })
  for (const method of ['GET', 'POST', 'PATCH', 'DELETE'] as const) {
    const recorded = lines.find(line => line.method === method && line.name !== 'probe with wrong token')
    await target({
      method,
      path: '/Users/unknown',
      ...(recorded?.body !== undefined && { body: recorded.body }),
    })
    const sent = sentRequests.at(-1)?.headers ?? {}
    const names = Object.keys(recorded?.headers ?? {})
    t.same(
      Object.fromEntries(names.map(name => [name, sent[name]?.replace(token, '{{token}}')])),
      recorded?.headers,
      method,
    )
    t.equal(
      sent['Content-Type'],
      recorded?.headers['Content-Type'],
      `${method}: Content-Type only with a body`,
    )
  }
})
