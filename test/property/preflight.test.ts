import fc from 'fast-check'
import t from 'tap'
import type { PreflightFailure } from '../../src/domain/contract/preflight.ts'
import { entraSetupOf } from '../../src/insight/preflight/entra-setup.ts'
import { runPreflight } from '../../src/insight/preflight/preflight.ts'
import type { ProfileName } from '../../src/profiles/names.ts'
import { loadProfile } from '../../src/profiles/registry.ts'
import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { type JobConfig, memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { readMapping } from '../../src/provisioning/entra/mapping/read-mapping.ts'
import type { ProvisioningLog } from '../../src/provisioning/entra/planning/provisioning-log.ts'
import type { SourceDirectory, SourceUser } from '../../src/provisioning/kit/directory/source-directory.ts'
import { httpTarget } from '../../src/provisioning/kit/http-target.ts'
import { defaultRequestOptions, type Target } from '../../src/provisioning/kit/target.ts'
import { isObject } from '../../src/scim/json.ts'
import { jobConfigOf } from '../support/entra-job.ts'
import { assertProperty } from '../support/property.ts'
import { createServer } from '../support/test-server.ts'

/*
 * The main proof of the pre-flight: for any directory, it reports the failures and the requests of the first cycle that a
 * real job runs over HTTP against a real server, with the rules that the server's journal recorded.
 */

const people = 5
const teams = 3

const long = 'x'.repeat(1025)
const name = fc.constantFrom(
  'Ann',
  'Ann',
  'Ann',
  undefined,
  ' ',
  'A\u0007n',
  'A\u200bn',
  'A\tn',
  'A<n',
  long,
  'A\0n',
  'é🙂',
)
const nickname = fc.constantFrom('one', 'two', 'three', 'f o', 'x'.repeat(257), undefined)
const address = fc.constantFrom('a@x.example', 'b@x.example', 'c@x.example', 'no address', undefined)
const userName = (index: number) =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(`user${index}@x.example`) },
    fc.constantFrom(
      'same@x.example',
      'SAME@x.example',
      'a b@x.example',
      'Administrator',
      `${'y'.repeat(128)}@x`,
      'q"\\%+&#@x',
      '\0',
    ),
  )

const user = (index: number): fc.Arbitrary<SourceUser> =>
  fc
    .record({
      userPrincipalName: userName(index),
      displayName: name,
      givenName: name,
      surname: name,
      jobTitle: name,
      mail: address,
      mailNickname: nickname,
      preferredLanguage: fc.constantFrom('en-US', 'english please', undefined),
      country: fc.constantFrom('DE', 'Germany', undefined),
      mobile: fc.constantFrom('+49 89 1', undefined),
      manager: fc.option(fc.nat({ max: people - 1 }), { nil: undefined }),
      accountEnabled: fc.constantFrom(true, true, true, false),
      isDeleted: fc.constantFrom(false, false, false, true),
    })
    .map(({ manager, accountEnabled, isDeleted, ...attributes }) => ({
      objectId: `user-${index}`,
      accountEnabled,
      attributes: withoutUndefined(attributes),
      ...(manager !== undefined && { manager: `user-${manager}` }),
      ...(isDeleted && { deletedAt: now - 1000 }),
    }))

const withoutUndefined = (values: Readonly<Record<string, string | undefined>>) =>
  Object.fromEntries(
    Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

const now = Date.parse('2026-03-02T08:00:00Z')

const ids = [
  ...Array.from({ length: people }, (_, index) => `user-${index}`),
  ...Array.from({ length: teams }, (_, index) => `group-${index}`),
]

const group = (index: number) =>
  fc
    .record({
      displayName: fc.oneof(
        { weight: 4, arbitrary: fc.constant(`Team ${index}`) },
        fc.constantFrom('Same', 'AWSAdministrators', 'T\u0007', long),
      ),
      members: fc.subarray(ids),
    })
    .map(({ displayName, members }) => ({
      objectId: `group-${index}`,
      attributes: { displayName },
      members: members.filter(member => member !== `group-${index}`),
    }))

const directories: fc.Arbitrary<SourceDirectory> = fc.record({
  users: fc.tuple(...Array.from({ length: people }, (_, index) => user(index))),
  groups: fc.tuple(...Array.from({ length: teams }, (_, index) => group(index))),
  assignments: fc.subarray(ids).map(assigned => assigned.map(principal => ({ principal }))),
})

const strict = {
  specialCharacters: 'refuse',
  lineBreaks: 'refuse',
  email: 'required',
  unsupportedAttributes: 'refuse',
}

/** Precedences by target. */
const matchings: readonly Readonly<Record<string, number>>[] = [
  { userName: 1 },
  { externalId: 1, userName: 2 },
  { 'emails[type eq "work"].value': 1 },
  { title: 1, userName: 2 },
]

/** Entra's default mapping with other matching attributes. */
const mappingFor = (profile: ProfileName, matching: Readonly<Record<string, number>>) => {
  const { users, groups } = entraSetupOf(profile).table
  const attributes = users.attributes.map(({ source, target }) => ({
    source,
    target,
    ...(target in matching && { matching: matching[target] }),
  }))
  return readMapping({ users: { attributes }, groups })
}

const jobs = fc.record({
  matching: fc.constantFrom(...matchings, { userName: 1 }, { userName: 1 }),
  target: fc.constantFrom<{ profile: ProfileName; switches: Readonly<Record<string, string>> }>(
    { profile: 'aws', switches: {} },
    { profile: 'aws', switches: strict },
    { profile: 'aws', switches: { detail: 'generic', unknownMembers: 'keep', letterCase: 'sensitive' } },
    { profile: 'entra', switches: {} },
    { profile: 'rfc', switches: {} },
  ),
  scope: fc.constantFrom('all' as const, 'assigned' as const),
  memberBatchSize: fc.constantFrom(1, 1, 3),
})

/** A failure, as both sides report it. */
type Reported = { readonly object: string; readonly rule: string; readonly detail: string }

/** Each server has its own ids of resources and requests. */
const comparable = (detail: string) => detail.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID')

const expected = (failures: readonly PreflightFailure[]): readonly Reported[] =>
  failures
    .filter(({ rejects }) => rejects)
    .map(({ objectId, rule, detail }) => ({
      object: objectId,
      rule: rule.startsWith('scim/') ? 'none' : rule,
      detail: comparable(detail),
    }))

type ApiBody = { readonly value: string; readonly items: readonly { readonly rule?: string }[] }
type Api = (method: string, path: string, body?: unknown) => Promise<ApiBody>

/** Runs the first cycle of a real job, and reads the journal of the server. */
async function runRealCycle(
  api: Api,
  origin: string,
  tenant: string,
  config: JobConfig,
  directory: SourceDirectory,
) {
  const { value: token } = await api('POST', `/tenants/${tenant}/tokens`, {})
  const overHttp = httpTarget({ tenantUrl: `${origin}/${tenant}/scim/v2`, token })
  let details: string[] = []
  const target: Target = async request => {
    const response = await overHttp(request)
    if (response.kind === 'response' && response.status >= 400) {
      details.push(String(isObject(response.body) ? response.body.detail : response.text))
    }
    return response
  }
  const failed: {
    readonly object: string
    readonly code: string
    readonly reason: string
    readonly details: readonly string[]
  }[] = []
  const log: ProvisioningLog = {
    provisioned({ sourceIdentity, provisioningStatusInfo: { status, errorInformation }, provisioningSteps }) {
      const reason = provisioningSteps.findLast(step => step.status === 'failure')?.description ?? ''
      if (status === 'failure') {
        failed.push({ object: sourceIdentity.id, code: errorInformation?.errorCode ?? '', reason, details })
      }
      details = []
    },
    audited: () => {},
    flush: async () => {},
  }
  const store = memoryStore()
  const job = createJob({ config, state: store, target, clock: () => now, log })
  const report = await job.runCycle({ directory })
  const { items } = await api(
    'GET',
    `/exchanges?limit=200&q=${encodeURIComponent(`tenant:${tenant} status:4xx`)}`,
  )
  const rules = items.map(({ rule = 'none' }) => rule).reverse()
  // Rejected probes end the cycle before the first object.
  if (details.length > 0) failed.push({ object: '', code: '', reason: '', details })
  const failures = failed.flatMap(({ object, code, reason, details: texts }): readonly Reported[] =>
    texts.length === 0
      ? [{ object, rule: `entra/${code}`, detail: reason }]
      : texts.map(detail => ({ object, rule: rules.shift() ?? 'missing', detail: comparable(detail) })),
  )
  return { report, failures, state: store.state, unexplained: rules }
}

t.test('the pre-flight reports the failures and requests of a real first cycle', async t => {
  const server = await createServer({ tenant: 'unused' })
  t.teardown(() => server.close())
  const { origin } = new URL(server.url)
  const api: Api = async (method, path, body) => {
    const response = await fetch(`${server.console}/api/v1${path}`, {
      method,
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    })
    return (await response.json()) as ApiBody
  }
  let runs = 0
  let failures = 0
  await assertProperty(
    fc.asyncProperty(directories, jobs, async (directory, { target, matching, scope, memberBatchSize }) => {
      const tenant = `run-${++runs}`
      await api('POST', '/tenants', { id: tenant, ...target })
      const { dialect, groupSchemaMs } = entraSetupOf(target.profile)
      const mapping = mappingFor(target.profile, matching)
      const real = await runRealCycle(
        api,
        origin,
        tenant,
        {
          ...jobConfigOf(target.profile),
          mapping,
          scope,
          memberBatchSize,
          wire: { ...defaultRequestOptions, dialect, groupSchemaMs },
          concurrency: 1,
          memberConcurrency: 1,
        },
        directory,
      )
      const preflight = await runPreflight(directory, [], {
        profile: loadProfile(target.profile, target.switches),
        mapping,
        mappingName: 'aws',
        scope,
        memberBatchSize,
        now,
      })
      t.same(real.unexplained, [], 'every rejected request belongs to an object')
      t.same(expected(preflight.failures), real.failures)
      t.same(preflight.cycle, {
        requests: real.report.requests,
        reads: real.report.requests - real.report.writes,
        writes: real.report.writes,
      })
      const { users, groups } = preflight
      const { counts } = real.report
      t.equal(users.accepted + users.incomplete + groups.accepted + groups.incomplete, counts.created)
      t.equal(preflight.quarantine?.reason, real.report.quarantine?.reason)
      failures += preflight.failures.length
      if (!t.passing()) throw new Error('the pre-flight differs from the cycle')
    }),
    { numRuns: 80, endOnFailure: true },
  )
  t.ok(failures > 100, 'the directories have many defects')
})
