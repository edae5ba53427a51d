import type { TestServer } from '../../src/index.ts'
import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { defaultJobConfig, memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { defaultMappings } from '../../src/provisioning/entra/mapping/default-mappings.ts'
import * as edits from '../../src/provisioning/kit/directory/edits.ts'
import { readDirectory } from '../../src/provisioning/kit/directory/read-directory.ts'
import { httpTarget, withRateLimit } from '../../src/provisioning/kit/http-target.ts'
import { defaultRequestOptions } from '../../src/provisioning/kit/target.ts'
import type { Json, JsonObject } from '../../src/scim/json.ts'
import { assignAccounts } from './account-assignments.ts'
import { addCredentials, foreignJwt } from './credentials.ts'

/** The ids that the addresses of the pages need. */
export type Eventful = {
  readonly tenant: string
  /** A tenant of another profile, with a client that isn't Entra ID. */
  readonly other: string
  readonly disabledUser: string
  readonly group: string
  /** A PATCH that disabled a user, and a rejected create. */
  readonly disabling: string
  /** The cycle of that PATCH. */
  readonly cycle: string
  readonly rejected: string
  /** A request with a JWT that was rejected. */
  readonly jwt: string
}

const day = 86_400_000
const name = (alias: string) => `${alias}@springfield.example`
const sample = new URL('../../samples/springfield.json', import.meta.url).pathname

/** Fills a server, which accepts any AWS credentials, with several days of requests, so that every page of the console has content. */
export async function fillWithEvents(server: TestServer): Promise<Eventful> {
  const tenant = new URL(server.url).pathname.split('/')[1] ?? ''
  const callApi = askerOf(server.console)
  await springfieldSyncs(server, tenant, callApi)
  const other = await anotherClient(server, tenant, callApi)
  await addCredentials(other, callApi)
  const first = async (path: string) => (await callApi('GET', path)).items[0]?.id ?? ''
  const disabling = await first(`/exchanges?q=action:disable tenant:${tenant}`)
  await callApi(
    'POST',
    `/exchanges/${await first('/exchanges?q=action:create user:marge status:201')}/replay`,
  )
  await callApi('POST', '/snapshots', { name: 'before the migration' })
  await callApi('POST', '/faults', { preset: 'expired-token', tenant: other })
  const operations = ['create']
  await callApi('POST', '/faults', {
    name: 'creates of groups fail',
    match: { type: 'Group', operations },
    effect: { kind: 'status', status: 500 },
    times: 3,
  })
  // The response waits until all requests are analyzed.
  await callApi('GET', '/findings')
  return {
    tenant,
    other,
    disabledUser: await first(`/tenants/${tenant}/users?status=disabled`),
    group: await first(`/tenants/${tenant}/groups?text=Security Auditors`),
    disabling,
    cycle: (await callApi('GET', `/exchanges/${disabling}`)).cycle ?? '',
    rejected: await first('/exchanges?q=action:create status:400 user:lenny'),
    jwt: await first('/exchanges?q=rejected:unknown-issuer'),
  }
}

type ApiResponse = {
  readonly cycle?: string
  readonly items: readonly { readonly id: string }[]
  readonly value: string
}
type CallApi = (method: string, path: string, body?: Json) => Promise<ApiResponse>

const askerOf =
  (console: string): CallApi =>
  async (method, path, body) => {
    const response = await fetch(`${console}/api/v1${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (await response.json()) as ApiResponse
  }

/** Several days of Entra's job: a throttled request; rejected, disabled, deleted and recreated users. */
async function springfieldSyncs(server: TestServer, tenant: string, callApi: CallApi): Promise<void> {
  let { directory } = await readDirectory(sample)
  let now = Date.now()
  const job = createJob({
    config: {
      ...defaultJobConfig,
      jobId: 'scim.springfield',
      tenantId: 'springfield',
      application: { id: 'springfield', displayName: 'AWS IAM Identity Center' },
      mapping: defaultMappings.aws,
      wire: defaultRequestOptions,
    },
    state: memoryStore(),
    target: withRateLimit(httpTarget({ tenantUrl: server.url, token: server.token }), {
      maxRps: Number.POSITIVE_INFINITY,
      honorRetryAfter: true,
    }),
    clock: () => now,
    log: noLog,
  })
  const pass = async (days: number) => {
    now += days * day
    await callApi('PUT', `/tenants/${tenant}/clock`, { advance: `${days}d` })
  }
  await job.testConnection()
  await callApi('POST', '/faults', {
    name: 'throttled',
    match: { tenant, text: name('carl.carlson'), methods: ['POST'] },
    effect: { kind: 'status', status: 429, retryAfter: 1 },
    times: 1,
  })
  directory = edits.changeAttributes(directory, name('lenny.leonard'), { surname: null })
  await job.runCycle({ directory })
  await assignSome(server, tenant, callApi)

  await pass(2)
  directory = edits.disable(directory, name('barney.gumble'))
  directory = edits.changeAttributes(directory, name('marge.simpson'), {
    surname: 'Bouvier',
    displayName: 'Marge Bouvier',
    jobTitle: 'Head of Information Security',
  })
  await job.runCycle({ directory })

  await pass(3)
  directory = edits.hardDelete(directory, name('edna.krabappel'))
  directory = edits.renameGroup(directory, 'Systems Operators', 'Reactor Operators')
  await job.runCycle({ directory })

  await pass(1)
  directory = edits.hardDelete(directory, name('carl.carlson'))
  directory = edits.changeAttributes(directory, name('lisa.simpson'), { officeLocation: 'Room 14' })
  await job.runCycle({ directory })
}

/** Accounts of a group, of a user who is deleted later, and of one who is disabled. */
async function assignSome(server: TestServer, tenant: string, callApi: CallApi): Promise<void> {
  const idOf = async (list: 'users' | 'groups', text: string) =>
    (await callApi('GET', `/tenants/${tenant}/${list}?text=${encodeURIComponent(text)}`)).items[0]?.id ?? ''
  const user = async (alias: string) =>
    ({ PrincipalType: 'USER', PrincipalId: await idOf('users', name(alias)) }) as const
  const group = { PrincipalType: 'GROUP', PrincipalId: await idOf('groups', 'Security Auditors') } as const
  await assignAccounts(server, tenant, 'ReadOnly', [
    ['111122223333', group],
    ['111122223333', await user('edna.krabappel')],
    ['444455556666', await user('barney.gumble')],
  ])
  await assignAccounts(server, tenant, 'Administrator', [['444455556666', await user('lisa.simpson')]])
}

const userSchema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const person = (userName: string, more: JsonObject = {}): JsonObject => ({
  schemas: [userSchema],
  userName,
  ...more,
})

/** A second tenant, whose client sends bulk requests, wrong tokens and requests for unknown resources. */
async function anotherClient(server: TestServer, tenant: string, callApi: CallApi): Promise<string> {
  const other = 'initech'
  await callApi('POST', '/tenants', { id: other, profile: 'rfc' })
  const { value } = await callApi('POST', `/tenants/${other}/tokens`, {})
  const root = server.url.replace(`/${tenant}/`, `/${other}/`)
  const send = async (method: string, path: string, body?: JsonObject, token = value) => {
    const response = await fetch(root + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/scim+json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    await response.arrayBuffer()
  }
  await send('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: [
      {
        method: 'POST',
        path: '/Users',
        bulkId: 'peter',
        data: person('peter', { name: { formatted: 'Peter Gibbons' } }),
      },
      { method: 'POST', path: '/Users', bulkId: 'milton', data: person('milton') },
      {
        method: 'POST',
        path: '/Groups',
        bulkId: 'staff',
        data: {
          schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
          displayName: 'Staff',
          members: [{ value: 'bulkId:peter' }],
        },
      },
    ],
  })
  await send('POST', '/Users', person('milton'))
  await send('GET', '/Users/3f1c6f5e-0000-4000-8000-000000000000')
  await send('GET', '/Users', undefined, 'a-token-of-last-year')
  await send('GET', '/Users', undefined, foreignJwt(Date.now()))
  return other
}
