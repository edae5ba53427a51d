import { readdirSync, readFileSync } from 'node:fs'
import type { Scenario, Step } from '../../src/provisioning/scenario/read-scenario.ts'
import type { Expectation, ExpectedRequest } from '../../src/provisioning/scenario/scenario.ts'
import { enterpriseUrn } from './entra.ts'

const names = readdirSync('scenarios')
  .filter(file => file.endsWith('.json'))
  .map(file => file.replace(/\.json$/, ''))
  .sort()

const hasAuth = (name: string) => 'auth' in JSON.parse(readFileSync(`scenarios/${name}.json`, 'utf8'))

/** The names of the built-in scenarios that work with a secret token. */
export const shipped: readonly string[] = names.filter(name => !hasAuth(name))

/** The names of those that require other ways of authentication. */
export const shippedWithAuth: readonly string[] = names.filter(hasAuth)

/** Scenarios that a target cannot pass if it follows the RFC strictly. */
export const notForStrictOnes: Readonly<Record<string, string>> = {
  'manager-changes': 'a manager is an object, and Entra sends its id only',
  'manager-removed': 'the same',
  'manager-out-of-scope': 'the same',
  'on-demand': 'it uses the default dialect, in which booleans are strings',
}

/**
 * The scenario for a target that follows RFC 7643 strictly: without managers, since Entra sends them as strings, and
 * without expectations for the bodies of new groups, since those have no schema of Microsoft's there.
 */
export const withoutManagers = (scenario: Scenario): Scenario => ({
  ...scenario,
  directory: { ...scenario.directory, users: scenario.directory.users.map(({ manager, ...user }) => user) },
  steps: scenario.steps.map(strictStep),
})

const strictStep = (step: Step): Step => ({ ...step, expect: strictExpectation(step.expect) })

const strictExpectation = (expect: Expectation): Expectation => ({
  ...expect,
  users: expect.users.map(user => {
    if (user.attributes === 'absent') return user
    const { [enterpriseUrn]: _, ...attributes } = user.attributes
    return { ...user, attributes }
  }),
  ...(expect.requests && { requests: strictRequests(expect.requests) }),
})

/** Omits a PATCH of a manager, and the read before it. */
function strictRequests(requests: readonly ExpectedRequest[]): readonly ExpectedRequest[] {
  const stored: ExpectedRequest[] = []
  for (const request of requests) {
    const last = stored.at(-1)
    if (!isOfManager(request)) stored.push(withoutGroupBody(request))
    else if (pathOf(last) === pathOf(request)) stored.pop()
  }
  return stored
}

const pathOf = (request: ExpectedRequest | undefined) =>
  request?.kind === 'request' ? request.pattern.path : undefined

const isOfManager = (request: ExpectedRequest) =>
  request.kind === 'request' &&
  JSON.stringify(request.operations?.default ?? '').includes(`${enterpriseUrn}:manager`)

function withoutGroupBody(request: ExpectedRequest): ExpectedRequest {
  if (request.kind === 'probes' || request.pattern.path !== '/Groups') return request
  const { body, ...rest } = request
  return rest
}
