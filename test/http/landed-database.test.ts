import { mock } from 'node:test'
import t, { type Test } from 'tap'
import { missingAttributeFindings } from '../../src/domain/missing-attributes.ts'
import type { RunningServer } from '../../src/server/server.ts'
import { landedFile, landedSnapshot, writeLandedDatabase } from '../support/landed-database.ts'
import { startWith } from '../support/started-server.ts'

/** The time at which the earlier version returned its responses. */
const readAt = Date.parse('2026-11-12T08:00:00Z')

type Value = null | boolean | number | string | readonly Value[] | { readonly [name: string]: Value }
type Members = { readonly [name: string]: Value }
/** A path and the body of its response. */
type Response = readonly [string, Value]

const responses: Readonly<Record<'read' | 'scim' | 'restored', readonly Response[]>> = JSON.parse(
  landedFile('responses.json').toString(),
)

t.test('a database of the earlier version is opened, with every list, history and finding', async t => {
  mock.timers.enable({ apis: ['Date'], now: readAt })
  t.teardown(() => mock.timers.reset())
  const server = await openLanded(t)
  const scimOrigin = new URL(server.endpoint).origin
  const fetchBody = (path: string, token?: string) => fetchFrom(scimOrigin, server, path, token)

  for (const [path, body] of responses.read) {
    const current = withoutNewMembers(await fetchBody(`/api/v1${path.replace('?silent', '?inactive')}`))
    t.strictSame(withoutWords(current), withoutWords(translate(path, body)), path)
  }

  const tokens = new Map<string, string>()
  for (const [path, body] of responses.scim) {
    const tenant = path.split('/')[1] ?? ''
    const token = tokens.get(tenant) ?? (await newToken(server, tenant))
    tokens.set(tenant, token)
    t.strictSame(await fetchBody(path, token), body, `SCIM ${path}`)
  }

  const restored = await fetch(`${server.console}/api/v1/snapshots/${landedSnapshot}/restore`, {
    method: 'POST',
  })
  t.strictSame(await restored.json(), { tenants: ['acme', 'staging', 'lab', 'later'], skipped: [] })
  for (const [path, body] of responses.restored) {
    t.strictSame(
      withoutNewMembers(await fetchBody(`/api/v1${path}`)),
      translate(path, body),
      `${path}, after restoring the snapshot`,
    )
  }
})

async function openLanded(t: Test): Promise<RunningServer> {
  const server = await startWith(t, [`--data=${writeLandedDatabase(t)}`])
  t.ok(server.backup, 'the previous database is kept')
  return server
}

async function fetchFrom(
  scimOrigin: string,
  server: RunningServer,
  path: string,
  token: string | undefined,
): Promise<Value> {
  const response = token
    ? await fetch(`${scimOrigin}${path}`, { headers: { authorization: `Bearer ${token}` } })
    : await fetch(`${server.console}${path}`)
  const { host } = new URL(scimOrigin)
  const text = (await response.text()).replaceAll(host, 'scim.test')
  const type = response.headers.get('content-type') ?? ''
  if (type.includes('ndjson')) return parseLines(text)
  return type.includes('json') ? JSON.parse(text) : text
}

/** A tenant has two tokens at most, so the newest one makes room. */
async function newToken(server: RunningServer, tenant: string): Promise<string> {
  const address = `${server.console}/api/v1/tenants/${tenant}/tokens`
  const { items } = (await (await fetch(address)).json()) as { items: readonly { id: string }[] }
  if (items.length === 2) await fetch(`${address}/${items[0]?.id}`, { method: 'DELETE' })
  const created = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  })
  return ((await created.json()) as { value: string }).value
}

/** A response of the earlier version, as the current version returns it. */
function translate(path: string, body: Value): Value {
  if (path.includes('format=curl')) return String(body).replace('; it was answered ', '; the status was ')
  if (/format=(har|fixture)/.test(path)) return body
  if (path.includes('format=csv')) return withNewColumns(String(body))
  return translateValue(path.includes('format=ndjson') ? parseLines(String(body)) : body)
}

/** The columns of requests to AWS APIs, of other credentials than tokens and of the client are empty. */
const withNewColumns = (csv: string): string =>
  csv
    .replace(/findings\r\n/, 'findings,api,apiOperation,accessKey,credential,client,evidence\r\n')
    .replace(/(?<!evidence)\r\n/g, ',,,,,,\r\n')

const parseLines = (text: string): Value =>
  text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Value)

function translateValue(value: Value): Value {
  if (Array.isArray(value)) return value.map(translateValue)
  if (!isObject(value)) return value
  const renamed = Object.fromEntries(
    Object.entries(value).map(([name, member]): [string, Value] => [
      newNames.get(name) ?? name,
      resourceMembers.has(name) ? member : translateMember(name, member),
    ]),
  )
  if ('microseconds' in value) return { ...renamed, operation: operationOf(value) }
  return { ...renamed, ...tokenEndpointOf(value), ...severityOf(value) }
}

/** AWS rejects a missing name, which was a warning. */
const severityOf = ({ id, severity }: Members): Members =>
  severity === 'warning' && [...missingAttributeFindings.values()].includes(String(id))
    ? { severity: 'error' }
    : {}

/** Tenants of `entra` and `rfc` have a token endpoint, and no clients yet. */
function tokenEndpointOf({ endpoint, onDelete, steps }: Members): Members {
  if (endpoint === undefined || (onDelete === undefined && steps === undefined)) return {}
  const [url, tenant] = /^(.*\/(\w+))\/scim\/v2$/.exec(String(endpoint))?.slice(1) ?? []
  return {
    ...(['staging', 'lab'].includes(tenant ?? '') && { tokenEndpoint: `${url}/oauth2/token` }),
    ...(steps !== undefined && { clients: [] }),
  }
}

function translateMember(name: string, member: Value): Value {
  const values = newValues.get(name)
  const translated = (one: Value) => values?.get(String(one)) ?? translateValue(one)
  return Array.isArray(member) ? member.map(translated) : translated(member)
}

/** Members that contain a resource or a part of one. */
const resourceMembers: ReadonlySet<string> = new Set(['document', 'before', 'after', 'value', 'sent'])

/** Members of the console API that were renamed. */
const newNames: ReadonlyMap<string, string> = new Map([
  ['analysed', 'analyzed'],
  ['changed', 'modified'],
  ['firstSeen', 'created'],
  ['inForce', 'active'],
  ['lastWritten', 'lastModified'],
  ['mend', 'remedy'],
  ['own', 'isTenantProfile'],
  ['says', 'description'],
  ['unjudged', 'notEvaluated'],
  ['uses', 'requests'],
  ['verdict', 'status'],
  ['verdicts', 'evaluations'],
  ['version', 'revision'],
  ['versions', 'revisions'],
  ['words', 'summary'],
])

/** Values that were renamed, by the earlier name of their member. */
const newValues: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['action', new Map([['changed', 'modified']])],
  ['kind', new Map([['version', 'revision']])],
  ['outcome', new Map([['refused', 'rejected']])],
  ['reasons', new Map([['silent', 'inactive']])],
  ['verdict', new Map([['fine', 'healthy']])],
])

/** The earlier version stored a sentence per request; the current one derives the operation from it. */
function operationOf({ action, refusal }: Members): string {
  return refusal === undefined ? (operations.get(String(action)) ?? `none for "${action}"`) : 'rejected'
}

const operations: ReadonlyMap<string, string> = new Map([
  ['add 1 member', 'add-members'],
  ['add 2 members', 'add-members'],
  ['broken request', 'malformed'],
  ['bulk of 3 operations', 'bulk'],
  ['change displayName of user', 'update'],
  ['change displayName, name.familyName, name.formatted of user', 'update'],
  ['change inUse of device', 'update'],
  ['change maker.name, colors, contacts of device', 'update'],
  ['change manager.value of user', 'update'],
  ['change name.givenName, name.familyName of user', 'update'],
  ['change title of user', 'update'],
  ['change user', 'update'],
  ['create device', 'create'],
  ['create group', 'create'],
  ['create user', 'create'],
  ['delete device', 'delete'],
  ['delete user', 'delete'],
  ['disable user', 'disable'],
  ['list groups', 'list'],
  ['list users', 'list'],
  ['look up group by displayName', 'look-up'],
  ['look up user by userName', 'look-up'],
  ['read group', 'read'],
  ['read resource types', 'discovery'],
  ['read schemas', 'discovery'],
  ['read service provider configuration', 'discovery'],
  ['read user', 'read'],
  ['remove 1 member', 'remove-members'],
  ['remove all members', 'remove-members'],
  ['rename group', 'rename'],
  ['rename group, add 1 and remove 1 members', 'change-members'],
  ['replace group', 'replace'],
  ['replace members', 'replace-members'],
  ['replace user', 'replace'],
  ['replace user (disabled)', 'replace'],
  ['search devices by label', 'search'],
  ['search everything', 'search'],
  ['test connection', 'probe'],
  ['unknown address', 'unknown-address'],
  ['unsupported: /Bulk', 'unsupported'],
  ['unsupported: /Me', 'unsupported'],
  ['unsupported: DELETE on /ServiceProviderConfig', 'unsupported'],
])

/** Switches of profiles that the earlier version did not have. */
const newSwitches: readonly Value[] = [
  'identityStoreStatus',
  'wrongRegion',
  'deleteMissing',
  'externalIdPath',
  'assignmentsOfDeleted',
  'membershipFilter',
  'memberDisplay',
  'unmatchedRemoval',
  'untypedEmail',
]

const isNewSwitch = (value: Value): boolean =>
  isObject(value) && 'chosen' in value && newSwitches.includes(value.id ?? null)

/** The AWS APIs of a tenant, which the earlier version did not have. */
const isAwsConnection = (value: Value): boolean => isObject(value) && 'identityStoreId' in value

/** A response without what the earlier version did not have. */
function withoutNewMembers(value: Value): Value {
  if (Array.isArray(value)) return value.filter(one => !isOfNewProfile(one)).map(withoutNewMembers)
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !isNewMember(value, name))
      .map(([name, member]): [string, Value] => [
        name,
        resourceMembers.has(name) ? member : withoutNewMembers(member),
      ]),
  )
}

/** An evaluation by a profile that the earlier version lacked. */
const isOfNewProfile = (value: Value): boolean =>
  isObject(value) && 'isTenantProfile' in value && value.profile === 'interop'

function isNewMember(value: Members, name: string): boolean {
  switch (name) {
    case 'detail':
    case 'sought':
    case 'results':
      return 'microseconds' in value
    case 'headline':
      return 'remedy' in value || 'clock' in value
    case 'total':
      return 'items' in value
    case 'trend':
      return 'evidence' in value
    case 'tenantLast':
    case 'injected':
      return 'evidence' in value
    case 'tenantTime':
      return 'exchange' in value && 'detail' in value
    case 'analysis':
      return 'waiting' in value
    case 'last':
      return 'changes' in value
    case 'members':
      return typeof value.members === 'number'
    case 'joined':
    case 'exchange':
    case 'cause':
      return 'joined' in value
    case 'rejection':
      return 'evaluations' in value
    case 'names':
      return isObject(value.names ?? null)
    case 'product':
      return 'remedy' in value
    case 'topic':
      return 'chosen' in value
    case 'client':
    case 'place':
    case 'urlField':
    case 'tokenField':
    case 'pitfalls':
    case 'guide':
    case 'formerly':
      return 'pitfalls' in value
    default:
      return false
  }
}

/** A value without the product's own texts, which were rewritten; it keeps where there is one. */
function withoutWords(value: Value): Value {
  if (Array.isArray(value)) return value.filter(member => !isNewSwitch(member)).map(withoutWords)
  if (!isObject(value)) return value
  const words = wordsOf(value)
  const entries = Object.entries(value)
    .filter(([, member]) => !isAwsConnection(member))
    .map(([name, member]): [string, Value] => [
      name,
      words.includes(name) && typeof member === 'string' && member !== '' ? 'text' : withoutWords(member),
    ])
  return Object.fromEntries(entries)
}

/** The members of an object that are texts of the product. Stored texts, such as the detail of a finding, are none. */
function wordsOf(value: Members): readonly string[] {
  if ('remedy' in value) return ['title', 'reason', 'remedy']
  if ('basis' in value) return ['description']
  if ('accepted' in value) return value.profile === 'aws' && value.status === 400 ? [] : ['detail']
  if ('hint' in value) return ['title', 'hint']
  if ('outcome' in value) return ['summary']
  if ('evaluations' in value) return ['notEvaluated']
  if (value.status === 'healthy') return ['detail']
  return ['note']
}

const isObject = (value: Value): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
