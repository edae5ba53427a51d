import { newUser, scimPath, tokens } from '../setup.ts'
import { placeholder, requestBytes, type Step } from '../step.ts'
import { awsRequest } from './aws-requests.ts'
import { anyScim } from './scim-requests.ts'
import { bearer, type RandomSteps, tenantOf } from './step.ts'
import { tokenRequest } from './token-requests.ts'

const effects: readonly object[] = [
  { kind: 'status', status: 429, retryAfter: 30 },
  { kind: 'status', status: 503, detail: `Come back later with ${tokens.rfc}` },
  { kind: 'delay', milliseconds: 5 },
  { kind: 'reset', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: 'truncate' },
  { kind: 'body', body: '<h1>Sign in</h1>', mediaType: 'text/html' },
  {
    kind: 'body',
    body: `{"password":"hunter2","token":"${tokens.entra}"}`,
    mediaType: 'application/json',
    status: 418,
  },
  { kind: 'token-expired' },
  { kind: 'token-lifetime', seconds: 1 },
]

/** A fault, and a request that it applies to. */
export const fault: RandomSteps = (random, number) => {
  const tenant = tenantOf(random)
  const isDelayed = random.chance(0.2)
  const keep = placeholder(0, 10_000 + number)
  const post = requestBytes({
    method: 'POST',
    target: `${scimPath(tenant)}/Users`,
    headers: bearer(tenant),
    body: JSON.stringify(newUser(`fault-${number}`, { password: 'hunter2' })),
  })
  const request: Step = random.chance(0.2)
    ? (awsRequest(random, number)[0] as Step)
    : random.chance(0.2)
      ? (tokenRequest(random, number)[0] as Step)
      : { to: 'scim', requests: [{ bytes: post }], ...(isDelayed && { disconnects: 'behind' as const }) }
  const effect = isDelayed ? { kind: 'delay', milliseconds: 30_000 } : random.of(effects)
  return [
    { to: 'console', method: 'POST', path: '/faults', body: { match: {}, effect }, keep },
    request,
    { to: 'console', method: 'DELETE', path: `/faults/${keep}` },
  ]
}

/** A request that the console sends again. */
export const replayed: RandomSteps = (random, number) => [
  ...anyScim(random, number),
  {
    to: 'console',
    method: 'POST',
    path: '/exchanges/{newest}/replay',
    body: { as: random.of(['caller', 'console']) },
  },
]

export const clock: RandomSteps = random => [
  {
    to: 'console',
    method: 'PUT',
    path: `/tenants/${random.of(['rfc', 'removing'])}/clock`,
    body: { advance: random.of(['1m', '2h']) },
  },
]
