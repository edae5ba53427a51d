import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultMappings, mappingFiles } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import type { ObjectMapping } from '../../src/provisioning/entra/mapping/mapping.ts'
import { readMapping } from '../../src/provisioning/entra/mapping/read-mapping.ts'
import type { ExpressionContext } from '../../src/provisioning/entra/mapping/values.ts'
import {
  changesBetween,
  type Desired,
  type DesiredValue,
  desiredValues,
} from '../../src/provisioning/entra/planning/changes.ts'
import {
  createBody,
  memberPatchBody,
  patchBody,
} from '../../src/provisioning/entra/planning/request-bodies.ts'
import {
  type Endpoint,
  matchingQueryPath,
  objectPath,
  objectReadPath,
} from '../../src/provisioning/entra/planning/target-object.ts'
import type { SourceValue } from '../../src/provisioning/kit/directory/source-directory.ts'
import { defaultRequestOptions, type RequestOptions } from '../../src/provisioning/kit/target.ts'
import type { JsonObject } from '../../src/scim/json.ts'
import { enterpriseUrn, roleOf, sourceOf } from '../support/entra.ts'
import { buildTestApp, type TestResponse } from '../support/scim.ts'

type Line = {
  readonly name: string
  readonly scenario: string
  readonly mode: string
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: JsonObject
  readonly expectStatus: number | readonly number[]
  readonly saveIdAs?: string
  readonly expectTotalResults?: number
  readonly expectBody?: unknown
}

const lines: readonly Line[] = readFileSync(new URL('entra-wire.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line))

const flagged: RequestOptions = { ...defaultRequestOptions, dialect: 'aadOptscim062020' }
const mappingWith = (...attributes: readonly JsonObject[]): ObjectMapping =>
  readMapping({ users: { attributes: [...mappingFiles.nonGallery.users.attributes, ...attributes] } }).users
const { users, groups } = defaultMappings.nonGallery

/** The POST of a user. A manager has the id `{{manager}}` in the target. */
function created(
  attributes: Readonly<Record<string, SourceValue>>,
  options: Partial<RequestOptions> = {},
  { mapping = users, ...more }: { mapping?: ObjectMapping } & Partial<ExpressionContext> = {},
): JsonObject {
  const desired = desiredValues(mapping, sourceOf(attributes, more), id => `{{${id}}}`, 'create')
  return createBody('user', desired, { ...defaultRequestOptions, ...options })
}

const simpson = (mailNickname: string, givenName: string, surname: string) => ({
  mailNickname,
  givenName,
  surname,
  displayName: `${givenName} ${surname}`,
  ...onlyNames(mailNickname),
})
const onlyNames = (name: string) => ({
  userPrincipalName: `${name}@springfield.example`,
  mail: `${name}@springfield.example`,
})

const group = (objectId: string, displayName: string, options: Partial<RequestOptions> = {}) =>
  createBody(
    'group',
    desiredValues(groups, sourceOf({ objectId, displayName }), () => undefined),
    {
      ...defaultRequestOptions,
      ...options,
    },
  )

/** The PATCH that changes the current resource to the desired values. */
const patched = (
  current: JsonObject,
  desired: Readonly<Record<string, DesiredValue>>,
  options = defaultRequestOptions,
) => patchBody(changesBetween(new Map(Object.entries(desired)) satisfies Desired, current), options)

const bodies: Readonly<Record<string, readonly JsonObject[]>> = {
  'create homer - full default mapping': [
    created({
      ...simpson('homer', 'Homer', 'Simpson'),
      jobTitle: 'Safety Inspector',
      preferredLanguage: 'en-US',
      physicalDeliveryOfficeName: 'Sector 7G',
      streetAddress: '100 Industrial Way',
      city: 'Springfield',
      state: 'NT',
      postalCode: '49007',
      country: 'United States',
      telephoneNumber: '+1 555 0100',
      mobile: '+1 555 0101',
      facsimileTelephoneNumber: '+1 555 0102',
      employeeId: '700137',
      department: 'Sector 7G',
    }),
  ],
  'create burns - documented minimal body': [
    created({
      ...onlyNames('burns'),
      mailNickname: '0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef',
      givenName: 'Montgomery',
      surname: 'Burns',
    }),
  ],
  'create marge - active as string': [
    created(simpson('marge', 'Marge', 'Simpson'), { activeAsStringOnCreate: true }),
  ],
  'create marge again - conflict': [created(simpson('marge', 'Marge', 'Simpson'))],
  'create lenny - manager as bare string': [
    created(
      { ...simpson('lenny', 'Lenny', 'Leonard'), department: 'Sector 7G', manager: 'burns' },
      { sendManagerOnCreate: true },
    ),
  ],
  'create apu - single app role': [
    created(
      simpson('apu', 'Apu', 'Nahasapeemapetilon'),
      {},
      {
        appRoles: [roleOf('Admin')],
        mapping: mappingWith({
          source: 'SingleAppRoleAssignment([appRoleAssignments])',
          target: 'roles[primary eq "True"].value',
        }),
      },
    ),
  ],
  'create milhouse - app roles complex, custom extension outside schemas': [
    created(
      { ...simpson('milhouse', 'Milhouse', 'Van Houten'), extensionAttribute1: 'B-204' },
      {},
      {
        appRoles: [roleOf('Reader'), roleOf('Auditor')],
        mapping: mappingWith(
          { source: 'AppRoleAssignmentsComplex([appRoleAssignments])', target: 'roles' },
          {
            source: '[extensionAttribute1]',
            target: 'urn:ietf:params:scim:schemas:extension:Springfield:2.0:User:badge',
          },
        ),
      },
    ),
  ],
  'create lisa': [created({ ...simpson('lisa', 'Lisa', 'Simpson'), jobTitle: 'Saxophonist' })],
  'create bart - bare': [created({ userPrincipalName: 'bart@springfield.example', mailNickname: 'bart' })],
  'create group - documented schemas': [group('8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159', 'Nuclear Plant')],
  'create group again - conflict': [group('8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159', 'Nuclear Plant')],
  'create group - empty members': [
    group('5b2a5d0b-7a0c-4a4b-9d3c-11f3b9d5a7e2', 'Sector 7G', { groupSchemaMs: false }),
  ],
  'create group': [group('1c0d8c4a-6f7c-4b0c-9d6b-6a1b6c7d8e9f', 'Springfield Elementary')],

  'replace several attributes': [
    patched(
      {
        displayName: 'Homer Simpson',
        emails: [{ primary: true, type: 'work', value: 'homer@springfield.example' }],
        name: { givenName: 'Homer', familyName: 'Simpson' },
        externalId: 'homer',
        [enterpriseUrn]: { employeeNumber: '700137' },
      },
      {
        displayName: 'Homer J. Simpson',
        'emails[type eq "work"].value': 'homer.j@springfield.example',
        'name.givenName': 'Homer Jay',
        'name.familyName': 'Simpson-Bouvier',
        externalId: 'homerj',
        [`${enterpriseUrn}:employeeNumber`]: '700138',
      },
    ),
  ],
  'replace email and family name': [
    patched(
      { emails: [{ type: 'work', value: 'marge@springfield.example' }], name: { familyName: 'Simpson' } },
      { 'emails[type eq "work"].value': 'marge.s@springfield.example', 'name.familyName': 'Bouvier' },
    ),
  ],
  'add single-valued attribute': [patched({}, { nickName: 'Midge' })],
  'add title and department': [
    patched({ title: '' }, { title: 'Plant Owner', [`${enterpriseUrn}:department`]: 'Executive' }),
  ],
  'set manager (plain string)': [
    patched({ [enterpriseUrn]: {} }, { [`${enterpriseUrn}:manager`]: { reference: '{{burns}}' } }),
  ],
  'change manager': [
    patched(
      { [enterpriseUrn]: { manager: { value: '{{burns}}' } } },
      { [`${enterpriseUrn}:manager`]: { reference: '{{homer}}' } },
    ),
  ],
  'disable - string False': [patched({ active: true }, { active: false })],
  're-enable - string True': [patched({ active: false }, { active: true })],
  're-enable with Add': [patched({}, { active: true })],
  'add one member': [memberPatchBody('add', ['{{homer}}'], defaultRequestOptions)],
  'add one member with null $ref': [
    memberPatchBody('add', ['{{lenny}}'], { ...defaultRequestOptions, memberNullRef: true }),
  ],
  'add several members in one op': [
    memberPatchBody('add', ['{{marge}}', '{{moe}}', '{{apu}}'], defaultRequestOptions),
  ],
  'remove member - value array': [memberPatchBody('remove', ['{{moe}}'], defaultRequestOptions)],

  'disable - boolean': [patched({ active: true }, { active: false }, flagged)],
  're-enable - boolean': [patched({ active: false }, { active: true }, flagged)],
  'on-demand disable ignores the flag': [patched({ active: true }, { active: false })],
  'on-demand enable ignores the flag': [patched({ active: false }, { active: true })],
  'add member': [memberPatchBody('add', ['{{lisa}}'], flagged)],
  'remove member - value filter path': [memberPatchBody('remove', ['{{milhouse}}'], flagged)],
}

/** Recorded bodies of an older client, and the documented alternative to a form that this client sends. */
const notSent = ['create moe - nulls tolerated', 'disable - documented boolean']

t.test('the created bodies equal the recorded ones', async t => {
  for (const { name, mode, body } of lines.filter(({ method }) => method === 'POST' || method === 'PATCH')) {
    if (notSent.includes(name)) continue
    t.strictSame(bodies[name], [body], `${mode}: ${name}`)
  }
})

t.test('the members of a POST have the recorded order', async t => {
  for (const [name, [first = {}]] of Object.entries(bodies).filter(([name]) => name.startsWith('create '))) {
    const body = lines.find(line => line.name === name)?.body ?? {}
    const recorded = Object.keys(body)
    t.same(Object.keys(first).slice(0, 5), recorded.slice(0, 5), name)
  }
})

const mayNotBeNull = (path: string) =>
  `Value at '${path}' failed to satisfy constraint: Member must not be null`
const missing = (...paths: readonly string[]) =>
  `${paths.length} validation errors detected: ${paths.map(mayNotBeNull).join('; ')}`

/**
 * Entra's requests that AWS rejects, with AWS's error; it accepts all others. Requests that need a rejected resource are
 * omitted.
 */
const rejectedByAws: Readonly<Record<string, readonly [status: number, detail: string]>> = {
  'create homer - full default mapping': [400, 'List attribute phoneNumbers exceeds allowed limit of 1'],
  'create burns - documented minimal body': [400, missing('displayName')],
  'create milhouse - app roles complex, custom extension outside schemas': [
    400,
    'List attribute roles exceeds allowed limit of 1',
  ],
  'match by second matching attribute': [400, 'Invalid Filter format'],
  'create bart - bare': [400, missing('name.familyName', 'name.givenName', 'displayName')],
}

/** Users that AWS rejected, or that need a rejected one: searches don't find them. */
const absentOnAws = ['lenny', 'bart']

type Names = Map<string, string>
const filledIn = (text: string, names: Names) =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name) => names.get(name) ?? 'missing')

async function sendLine(
  line: Line,
  names: Names,
  send: (line: Line) => Promise<TestResponse>,
): Promise<TestResponse> {
  const filled: Line = JSON.parse(filledIn(JSON.stringify(line), names))
  const answer = await send(filled)
  if (line.saveIdAs && answer.status === 201) names.set(line.saveIdAs, answer.body.id)
  return answer
}

t.test('an empty entra tenant accepts each recorded request of Entra, in order', async t => {
  const { client, token } = await buildTestApp(t, 'entra')
  const names: Names = new Map([['token', token]])
  for (const line of lines) {
    const answer = await sendLine(line, names, filled =>
      client.send(filled.method, filled.path, filled.body, filled.headers),
    )
    const label = `${line.mode} ${line.scenario}: ${line.name}`
    t.ok([line.expectStatus].flat().includes(answer.status), `${label} returns ${line.expectStatus}`, {
      answer,
    })
    if (line.expectTotalResults !== undefined)
      t.equal(answer.body?.totalResults, line.expectTotalResults, label)
    if (line.expectBody)
      t.match(answer.body, JSON.parse(filledIn(JSON.stringify(line.expectBody), names)), label)
  }
})

t.test('an aws tenant accepts the same requests or rejects them with AWS’s errors', async t => {
  const { client, token } = await buildTestApp(t, 'aws')
  const names: Names = new Map([['token', token]])
  for (const line of lines) {
    const needs = [...JSON.stringify(line).matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name)
    if (needs.some(name => !names.has(name))) continue
    const answer = await sendLine(line, names, filled =>
      client.send(filled.method, filled.path, filled.body, filled.headers),
    )
    const label = `${line.mode} ${line.scenario}: ${line.name}`
    const rejection = rejectedByAws[line.name]
    if (rejection) {
      t.same(
        { status: answer.status, detail: answer.body?.detail },
        { status: rejection[0], detail: rejection[1] },
        label,
      )
      continue
    }
    t.ok([line.expectStatus].flat().includes(answer.status), `${label} returns ${line.expectStatus}`, {
      answer,
    })
    const absent = absentOnAws.some(name => line.path.includes(`${name}%40`))
    if (line.expectTotalResults !== undefined)
      t.equal(answer.body?.totalResults, absent ? 0 : line.expectTotalResults, label)
  }
})

/** The client's path for a recorded request; undefined for requests that it never sends. */
function pathFor({ method, path }: Line): string | undefined {
  const [, endpoint, id] = /^\/(Users|Groups)(?:\/([^?]+))?/.exec(path) ?? []
  if (endpoint === undefined) return undefined
  if (id !== undefined) {
    const addressOf = method === 'GET' ? objectReadPath : objectPath
    return addressOf(endpoint as Endpoint, 'ID').replace('ID', id)
  }
  const filter = new URLSearchParams(path.split('?')[1]).get('filter')
  const [, attribute = '', value = ''] = /^(.+) eq "(.*)"$/.exec(filter ?? '') ?? []
  return method === 'GET' ? matchingQueryPath(endpoint as Endpoint, attribute, value) : `/${endpoint}`
}

t.test('the created paths equal the recorded ones', async t => {
  for (const line of lines) {
    const sent = pathFor(line)
    if (sent !== undefined) t.equal(sent, line.path, `${line.mode}: ${line.name}`)
  }
  t.same(
    lines.filter(line => pathFor(line) === undefined).map(({ path }) => path),
    ['/Schemas', '/ResourceTypes', '/ServiceProviderConfig'],
    'only the portal sends discovery requests',
  )
})
