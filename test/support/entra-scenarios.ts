import { readdirSync } from 'node:fs'
import type { Expectation, ExpectedRequest, Scenario, Step } from '../../src/entra/scenario/scenario.ts'
import { enterpriseUrn } from './entra.ts'

/** The names of the scenarios that come along. */
export const shipped: readonly string[] = readdirSync('scenarios')
  .filter(file => file.endsWith('.json'))
  .map(file => file.replace(/\.json$/, ''))
  .sort()

/** Scenarios that a target can't be part of when it takes requests by the letter of the RFC. */
export const notForStrictOnes: Readonly<Record<string, string>> = {
  'manager-changes': 'a manager is an object, and Entra sends its id alone',
  'manager-removed': 'the same',
  'manager-out-of-scope': 'the same',
  'on-demand': 'it speaks the default dialect, in which booleans are texts',
}

/**
 * The scenario as it goes against a target that is strict about RFC 7643: without managers, for Entra sends them as bare
 * strings, and without a look at the bodies of new groups, which have no schema of Microsoft's there.
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

/** A PATCH of a manager goes, and the read that is made for it alone. */
function strictRequests(requests: readonly ExpectedRequest[]): readonly ExpectedRequest[] {
  const kept: ExpectedRequest[] = []
  for (const request of requests) {
    const last = kept.at(-1)
    if (!isOfManager(request)) kept.push(withoutGroupBody(request))
    else if (pathOf(last) === pathOf(request)) kept.pop()
  }
  return kept
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
