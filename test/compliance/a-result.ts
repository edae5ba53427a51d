import type { Check } from '../../scim-compliance/check.ts'
import type { Exchange } from '../../scim-compliance/client/exchange.ts'
import { type Appraisal, type AppraisalOptions, appraiseRun } from '../../scim-compliance/grade/appraisal.ts'
import type { Outcome, Result } from '../../scim-compliance/run/result.ts'

const aCheck = (id: string, given: Partial<Check> = {}): Check => ({
  id,
  suite: 'rfc',
  section: 'Create',
  level: 'MUST',
  description: `The server does ${id}.`,
  source: 'RFC 7644 §3.3',
  rationale: 'Entra looks at it.',
  remedy: 'Do it.',
  run: async () => {},
  ...given,
})

export const anOutcome = (
  id: string,
  verdict: Outcome['verdict'],
  given: Partial<Outcome> & { readonly of?: Partial<Check> } = {},
): Outcome => {
  const { of, ...rest } = given
  return {
    check: aCheck(id, of),
    verdict,
    ...(verdict === 'failed' && { expected: 'status 201', got: '200' }),
    ...((verdict === 'skipped' || verdict === 'broken') && { reason: 'It isn’t advertised.' }),
    exchanges: [],
    milliseconds: 10,
    ...rest,
  }
}

export const anExchange = (number: number, given: Partial<Exchange> = {}): Exchange => ({
  number,
  method: 'POST',
  url: 'https://scim.example.com/v2/Users',
  started: '2026-01-02T03:04:05.678Z',
  milliseconds: 12.3,
  request: {
    headers: {
      Accept: 'application/scim+json',
      Authorization: 'Bearer ***',
      'Content-Type': 'application/scim+json',
    },
    body: '{"userName":"scim-check-k3f9-1"}',
    bytes: 32,
    cut: false,
  },
  response: {
    status: 200,
    statusText: 'OK',
    headers: { 'content-type': 'application/scim+json', location: 'https://scim.example.com/v2/Users/1' },
    body: '{"id":"1"}',
    bytes: 10,
    cut: false,
  },
  ...given,
})

const withoutResponse = ({ response: _, ...rest }: Exchange): Exchange => rest

export const aResult = (given: Partial<Result> = {}): Result => ({
  service: {
    url: 'https://scim.example.com/v2',
    config: undefined,
    schemas: [],
    resourceTypes: [],
    offers: {
      patch: true,
      bulk: undefined,
      filter: { maxResults: 100 },
      sort: false,
      etag: false,
      changePassword: false,
      indexPaging: true,
      cursorPaging: false,
    },
  },
  asked: {
    url: 'https://scim.example.com/v2',
    as: ['rfc'],
    only: [],
    skip: [],
    readOnly: false,
    concurrency: 4,
    rate: 20,
    timeoutSeconds: 30,
  },
  mark: 'scim-check-k3f9',
  outcomes: [],
  exchanges: [],
  started: '2026-01-02T03:04:05.000Z',
  ended: '2026-01-02T03:05:05.000Z',
  leftBehind: [],
  notes: [],
  interrupted: false,
  ...given,
})

/** One outcome of each kind: passed, failed at each level, skipped and broken. */
export const mixed = (): Result =>
  aResult({
    outcomes: [
      anOutcome('rfc/create/answers-201', 'failed', {
        exchange: 2,
        exchanges: [1, 2],
        of: {
          requirements: ['C1'],
          client: 'entra',
          blame: [{ predict: { effect: 'escrow', summary: 'The user is tried again later.' } }],
        },
      }),
      anOutcome('rfc/create/has-location', 'passed'),
      anOutcome('rfc/patch/adds', 'failed', { of: { section: 'PATCH', level: 'SHOULD' } }),
      anOutcome('rfc/patch/forgives', 'failed', { of: { section: 'PATCH', level: 'practice' } }),
      anOutcome('rfc/sort/sorts', 'skipped', { of: { section: 'Sort', level: 'MAY' } }),
      anOutcome('rfc/sort/breaks', 'broken', { of: { section: 'Sort', level: 'MAY' }, reason: 'A fault.' }),
    ],
    exchanges: [
      anExchange(1, {
        method: 'GET',
        url: 'https://scim.example.com/v2/Users?filter=userName%20eq%20%22a%22',
      }),
      anExchange(2),
      withoutResponse(
        anExchange(3, { method: 'DELETE', url: 'https://scim.example.com/v2/Users/1', failure: 'timed out' }),
      ),
    ],
    leftBehind: [{ path: '/Users/1', reason: 'it timed out' }],
    notes: ['Everything was asked.'],
  })

export const appraised = (result: Result = mixed(), standards: Partial<AppraisalOptions> = {}): Appraisal =>
  appraiseRun(result, { threshold: { failOn: 'must' }, evaluators: [], version: '1.2.3', ...standards })

/** Texts of a server that would cause harm in a report. */
export const hostileTexts = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</pre></details></style></title><svg onload=alert(1)>',
  ']]>',
  '<![CDATA[ x',
  '&lt;&amp;&#0;',
  '\u0000\u0001\u001b[2J\u001b]0;owned\u0007\u009b2J',
  '\u202egnp.exe\u2066',
  'a\r\nok 99 - forged\n  ...\nnot ok 100 # TODO\n---',
  ' # SKIP all is well # TODO \\',
  'a\u2028b\u2029c\ufffe\uffff',
  '\ud800 lone',
  '| a | `b` | [x](javascript:alert(1)) ![i](http://evil.example/x.png)',
  '{0} {{1}} [link](1)',
  '::error file=x::forged',
  '-->',
] as const

/** A server that returns such a text in every place. */
export const hostile = (text: string): Result =>
  aResult({
    outcomes: [
      anOutcome('rfc/create/answers-201', 'failed', {
        expected: text,
        got: text,
        exchange: 1,
        exchanges: [1],
      }),
      anOutcome('rfc/create/is-skipped', 'skipped', { reason: text }),
      anOutcome('rfc/create/is-broken', 'broken', { reason: text }),
      anOutcome('rfc/create/is-fine', 'passed'),
    ],
    exchanges: [
      anExchange(1, {
        url: `https://scim.example.com/v2/${text}`,
        failure: text,
        response: {
          status: 200,
          statusText: text,
          headers: { 'content-type': text, 'x-other': text, location: text },
          body: text,
          bytes: Buffer.byteLength(text),
          cut: false,
        },
      }),
    ],
    leftBehind: [{ path: text, reason: text }],
    notes: [text],
  })

export const judgesWith = (text: string) => [
  () => ({ client: 'entra' as const, works: 'no' as const, summary: text, because: [text], terms: [text] }),
]
