import type { Blame, Check, Consequence, ProbeVerdict, Protected, Seen } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import { parseJson } from '../client/request.ts'
import { isSuccess, statusClass } from '../expect.ts'
import type { Outcome, Result } from '../run/result.ts'
import { compact } from '../scim.ts'

export type Diagnosis = {
  readonly impact: string
  readonly remedy: string
  readonly consequence?: Consequence
  /** What can't be relied on. */
  readonly endangers?: Protected
}

export type FailedOutcome = Pick<Outcome, 'check' | 'exchange' | 'expected' | 'got' | 'came'>

const ofToken: readonly Blame[] = [
  { on: 401, remedy: 'Accept the valid token for this request as for others.' },
  { on: 403, remedy: 'Grant the token this permission, and test again.' },
]

/** Failures that don't depend on the requirement. */
const generalFor = ({ suite, wrongCredentials }: Check, hadToken: boolean): readonly Blame[] => [
  {
    on: 'nothing',
    remedy: 'Find out in the server’s log, or that of a proxy, why the request gets no response.',
  },
  {
    on: '3xx',
    remedy:
      'Respond at this address. Clients don’t follow redirects of writes, and send no token to another address.',
  },
  // Clients send PATCH whether it is advertised or not.
  {
    on: [405, 501],
    if: ({ method }) => method === 'PATCH' && suite === 'rfc',
    remedy: 'Support this method here, or don’t advertise it in /ServiceProviderConfig.',
  },
  // A GET is rejected for its query: the check names what is unsupported.
  { on: [405, 501], if: ({ method }) => method !== 'GET', remedy: 'Support this method here.' },
  {
    on: '5xx',
    if: ({ status }) => status !== 501,
    remedy: 'Find the error in the server’s log, and fix it. For invalid requests, return a 4xx.',
  },
  ...(wrongCredentials || !hadToken ? [] : ofToken),
  {
    on: 'wrong type',
    remedy:
      'Return the value in the type that its schema defines: true, not "true"; 1, not "1"; and text in quotes.',
  },
]

export function diagnose(
  outcome: FailedOutcome,
  { exchanges, probes = [] }: Pick<Result, 'exchanges' | 'probes'>,
): Diagnosis {
  const { check, came, exchange } = outcome
  const { consequence, ...found } = diagnosisFrom(check, seenIn(outcome, exchanges, probes))
  // Whether a write was rejected or had no effect is unknown without a request.
  const isUnknown = came === undefined && exchange === undefined
  return { ...found, ...compact({ consequence: isUnknown ? usualConsequence(check) : consequence }) }
}

/** The consequence of a check that didn't fail, as documentation: that of a failed read. */
export const usualConsequence = (check: Check): Consequence | undefined =>
  diagnosisFrom(
    { ...check, ...compact({ blame: check.blame?.filter(({ on }) => on === undefined) }) },
    { ...seenIn({}, [], []), method: 'GET' },
  ).consequence

function diagnosisFrom(check: Check, seen: Seen): Diagnosis {
  const fitting = [...(check.blame ?? []), ...generalFor(check, seen.hadToken)].filter(one => fits(one, seen))
  const first = <Name extends keyof Blame>(name: Name): Blame[Name] | undefined =>
    fitting.find(one => one[name] !== undefined)?.[name]
  return {
    impact: first('impact') ?? check.rationale,
    remedy: first('remedy') ?? check.remedy,
    ...compact({
      consequence: consequenceIn(check, first('predict'), seen),
      endangers: first('harmless') ? undefined : check.protects,
    }),
  }
}

function fits({ on, if: holds = () => true }: Blame, seen: Seen): boolean {
  const wanted = on === undefined ? undefined : [on].flat()
  const isMeant =
    wanted === undefined ||
    wanted.some(one => one === seen.came || (isStatus(one, seen) && one === seen.status))
  return isMeant && holds(seen)
}

/** A status counts only where it is what the check complains about. */
const isStatus = (one: unknown, { came }: Seen): boolean => typeof one === 'number' && /^\dxx$/.test(came)

function seenIn(
  { exchange: number, expected = '', got = '', came }: Omit<FailedOutcome, 'check'>,
  exchanges: readonly Exchange[],
  probes: readonly ProbeVerdict[],
): Seen {
  const exchange = exchanges.find(one => one.number === number)
  const status = exchange?.response?.status
  return {
    came: came ?? (status === undefined || isSuccess({ status }) ? 'other' : statusClass(status)),
    method: exchange?.method ?? '',
    hadToken: Object.keys(exchange?.request.headers ?? {}).some(name => /^authorization$/i.test(name)),
    status,
    body: exchange?.response && parseJson(exchange.response.body),
    expected,
    got,
    probe: name => probes.find(one => one.name === name),
  }
}

function consequenceIn(check: Check, predicted: Blame['predict'], seen: Seen): Consequence | undefined {
  const { client, when } = check
  if (predicted === undefined || client === undefined) return undefined
  const answer = seen.status === undefined ? 'No response comes' : `The server returns ${seen.status}`
  const summary = predicted.summary.replaceAll('{answer}', answer)
  return {
    client,
    ...predicted,
    summary: when === undefined ? summary : `If ${when}: ${summary}`,
    ...compact({ when }),
  }
}
