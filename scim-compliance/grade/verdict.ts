import type { Consequence, ObservedResponse } from '../check.ts'
import type { Exchange } from '../client/exchange.ts'
import type { Outcome, Result } from '../run/result.ts'
import type { Json } from '../scim.ts'

/** What a failed check leads to, by the response that shows the failure where there is one. */
export function consequenceOfFailure(
  { check, exchange }: Pick<Outcome, 'check' | 'exchange'>,
  exchanges: readonly Exchange[],
): Consequence | undefined {
  const shown = exchanges.find(({ number }) => number === exchange)
  return shown && check.predictConsequence
    ? check.predictConsequence(observedResponse(shown))
    : check.consequence
}

const observedResponse = ({ method, response }: Exchange): ObservedResponse => ({
  method,
  status: response?.status,
  body: response && parseBody(response.body),
})

function parseBody(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a client makes of a server: whether it provisions, and what is lost on the way. */
export type ClientVerdict = {
  readonly client: 'entra' | 'aws'
  /** `unknown`: too little was looked at to promise anything. */
  readonly works: 'yes' | 'partly' | 'no' | 'unknown'
  /** "Will provision, but disabled users stay active." */
  readonly summary: string
  /** One line for each thing that goes wrong. */
  readonly because: readonly string[]
  /** The client's own terms in these texts, each with its meaning: "escrow: …". */
  readonly terms: readonly string[]
}

/** What a verdict is made of. */
export type EvaluatedRun = Pick<Result, 'outcomes' | 'exchanges'>

/** Undefined where none of the client’s checks was in the run. */
export type EvaluateClient = (result: EvaluatedRun) => ClientVerdict | undefined

/** What comes of failures that only follow from another, by the ids of their checks: what comes of that one. */
export type ExplainFailures = (result: EvaluatedRun) => ReadonlyMap<string, Consequence>

export const clientNames: Readonly<Record<ClientVerdict['client'], string>> = {
  entra: 'Microsoft Entra ID',
  aws: 'AWS IAM Identity Center',
}
