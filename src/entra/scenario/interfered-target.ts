import { isObject, type Json } from '../../scim/json.ts'
import type { Target } from '../target.ts'
import type { WireAnswer, WireRequest } from '../wire.ts'
import { fits } from './request-pattern.ts'
import type { Fault } from './scenario.ts'

/** A target as the job sees it: what a scenario breaks is broken here, so that any server can be the target. */
export type InterferedTarget = {
  readonly send: Target
  /** `pattern` is resolved: no placeholders are in it. */
  fail(fault: Fault): void
  /** 401 to all that comes after so many more requests. */
  expireToken(after: number): void
  renewToken(): void
  /** What was sent since this was called last, whoever answered it. */
  taken(): readonly WireRequest[]
}

export function interfere(target: Target): InterferedTarget {
  let faults: { readonly fault: Fault; left: number }[] = []
  let accepted = Number.POSITIVE_INFINITY
  let sent: WireRequest[] = []
  const send: Target = async request => {
    sent.push(request)
    if (accepted === 0) return problem(401, 'The token has expired.')
    accepted--
    const one = faults.find(({ fault }) => !fault.on || fits(fault.on, request))
    if (!one) return target(request)
    one.left--
    faults = faults.filter(({ left }) => left > 0)
    return one.fault.with === 'duplicate' ? foundTwice(await target(request)) : answerOf(one.fault.with)
  }
  return {
    send,
    fail: fault => {
      if (fault.next > 0) faults.push({ fault, left: fault.next })
    },
    expireToken: after => {
      accepted = after
    },
    renewToken: () => {
      accepted = Number.POSITIVE_INFINITY
    },
    taken: () => {
      const all = sent
      sent = []
      return all
    },
  }
}

function answerOf(fault: Exclude<Fault['with'], 'duplicate'>): WireAnswer {
  if (fault === 'timeout') return { kind: 'none', reason: 'timeout', text: 'Nothing came in time.' }
  if (fault === 'connection')
    return { kind: 'none', reason: 'connection', text: 'The connection was refused.' }
  if (fault === 'html') {
    const text = '<html><body>It works!</body></html>'
    return { kind: 'answer', status: 200, body: undefined, text, mediaType: 'text/html' }
  }
  if (fault === 429) return { ...problem(429, 'Too many requests.'), retryAfter: 1 }
  return problem(fault, 'The scenario has the target fail.')
}

// RFC 7644 §3.12
function problem(status: number, detail: string): Extract<WireAnswer, { kind: 'answer' }> {
  const body = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: String(status), detail }
  return { kind: 'answer', status, body, text: JSON.stringify(body), mediaType: 'application/scim+json' }
}

/** Each resource of a list once more, as if it were there under another id. */
function foundTwice(answer: WireAnswer): WireAnswer {
  if (answer.kind === 'none' || !isObject(answer.body) || !Array.isArray(answer.body.Resources)) return answer
  const found: readonly Json[] = answer.body.Resources
  const again = (each: Json): Json => (isObject(each) ? { ...each, id: `${String(each.id)}-again` } : each)
  const all = found.flatMap((each): readonly Json[] => [each, again(each)])
  const body = { ...answer.body, totalResults: all.length, Resources: all }
  return { ...answer, body, text: JSON.stringify(body) }
}
