import t from 'tap'
import { presets } from '../../src/domain/faults/presets.ts'
import { createCredentials } from '../../src/provisioning/entra/credentials/create-credentials.ts'
import { withCredentials } from '../../src/provisioning/entra/credentials/credentials.ts'
import { createJob } from '../../src/provisioning/entra/job/job.ts'
import { memoryStore } from '../../src/provisioning/entra/job/job-state.ts'
import { noLog } from '../../src/provisioning/entra/job/log.ts'
import { httpEndpoint } from '../../src/provisioning/kit/http-target.ts'
import { acceptedCredentials } from '../support/entra-credentials.ts'
import { guids, jobConfigOf, springfield } from '../support/entra-job.ts'
import { type TenantOfTest, tenantMaker } from '../support/entra-tenants.ts'

// What the job does while a fault of the token endpoint is active, and that it recovers.

const tenant = await tenantMaker(t)

/** A job with client credentials, and its clock. */
async function jobFor(acme: TenantOfTest) {
  const { settings } = await acceptedCredentials(t, acme, 'client-credentials')
  let now = Date.parse('2026-11-27T08:00:00Z')
  const clock = () => now
  const credentials = createCredentials(settings, { clock })
  const target = withCredentials(httpEndpoint({ tenantUrl: acme.url }), credentials)
  const job = createJob({
    config: jobConfigOf('entra'),
    state: memoryStore(),
    target,
    credentials,
    clock,
    log: noLog,
    newId: guids(),
  })
  const pass = (milliseconds: number) => {
    now += milliseconds
  }
  return { job, pass }
}

const scim = 'SystemForCrossDomainIdentityManagement'
const invalid = `${scim}ServiceInvalidCredentials`
const unavailable = `${scim}CredentialValidationUnavailable`

/** The error of the quarantine in the first cycle, by preset; undefined if the cycle completes. */
const errors: Readonly<Record<string, string | undefined>> = {
  'token-endpoint-down': unavailable,
  'invalid-client': invalid,
  'short-access-token': undefined,
  'refused-access-token': invalid,
  'no-token-response': unavailable,
}

t.test('every fault of the token endpoint is tried', async t => {
  const ids = presets.filter(({ fault }) => fault.match?.operations?.includes('token')).map(({ id }) => id)
  t.same(ids, Object.keys(errors))
})

for (const { id, fault } of presets.filter(preset => preset.id in errors)) {
  t.test(`TS-069 TS-082 "${id}"`, async t => {
    const acme = await tenant('entra')
    const { job, pass } = await jobFor(acme)
    const faults = `${acme.console}/api/v1/faults`
    const response = await fetch(faults, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...fault, match: { ...fault.match, tenant: acme.id } }),
    })
    t.equal(response.status, 201)
    const report = await job.runCycle({ directory: springfield })
    t.same(
      [report.ending, report.quarantine?.error.code],
      errors[id] === undefined ? ['completed', undefined] : ['quarantined', errors[id]],
    )
    await fetch(faults, { method: 'DELETE' })
    pass(24 * 60 * 60 * 1000)
    const next = await job.runCycle({ directory: springfield })
    t.same([next.ending, next.quarantine, next.escrows], ['completed', undefined, 0])
  })
}
