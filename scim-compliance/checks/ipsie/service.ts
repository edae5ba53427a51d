import type { Check, CheckContext } from '../../check.ts'
import type { Exchange } from '../../client/exchange.ts'
import { parseJson } from '../../client/request.ts'
import { expectThat, Failure, skip } from '../../expect.ts'
import { errorUrn } from '../../scim.ts'
import { interopChecks } from '../interop/catalog.ts'
import { valueIn } from '../steps/attributes.ts'
import { bulkCreateUser, expectBulkStatuses, sendBulk } from '../steps/bulk.ts'
import { acceptedBlame, replace } from '../steps/patches.ts'
import { randomId } from '../steps/users-and-groups.ts'
import { serviceCheck } from './areas.ts'

/** The error responses of the server in this run, one of which is for an unknown user; a HEAD has no body. */
async function errorsOf(context: CheckContext): Promise<readonly Exchange[]> {
  await context.get(`${context.users.endpoint}/${randomId()}`)
  return context
    .exchanges()
    .filter(
      ({ method, url, response }) =>
        url.startsWith(context.service.url) && method !== 'HEAD' && (response?.status ?? 0) >= 400,
    )
}

const isScimError = ({ response }: Exchange): boolean => {
  const schemas = valueIn(parseJson(response?.body ?? ''), 'schemas')
  return Array.isArray(schemas) && schemas.includes(errorUrn)
}

/** What shows the inside of a server: stack traces, exceptions of its language, source files, and errors of its database. */
const internals: readonly RegExp[] = [
  /(?:^|\\n|\n)\s{1,8}at [\w$.<>[\] ]{1,120} ?\(/,
  /Traceback \(most recent call last\)/,
  /\bCannot (?:read|set) propert(?:y|ies) of (?:undefined|null)\b|\bCannot convert undefined or null to object\b/,
  /'NoneType' object\b|\bObject reference not set to an instance\b|\bnil pointer dereference\b/,
  /\b(?:java|javax|org|com|net|System)(?:\.\w{1,40}){1,8}(?:Exception|Error)\b/,
  /\bnode_modules\b|\bsite-packages\b|\bgoroutine \d/,
  /(?:\/(?:usr|var|opt|home|app|srv|root|etc)\/|\b[A-Z]:\\{1,2})[\w.\\/-]{1,200}\.(?:js|ts|mjs|cjs|py|rb|java|go|php|cs|rs)\b/,
  /\bSQLSTATE\b|\bORA-\d{5}\b|\bSQLITE_[A-Z]+\b|\bUNIQUE constraint failed\b|\bviolates \w{1,20} constraint\b|\bsyntax error at or near\b/,
  /\b(?:SELECT\b[^"]{1,200}\bFROM|INSERT INTO|DELETE FROM|UPDATE \w{1,60} SET)\b/,
]

/** The first piece of the inside that a body shows, in at most so many characters. */
const leakIn = ({ response }: Exchange): string | undefined => {
  const body = response?.body ?? ''
  const found = internals.map(pattern => pattern.exec(body)?.[0]).find(text => text !== undefined)
  return found?.trim().slice(0, 80)
}

function expectOfErrors(
  exchanges: readonly Exchange[],
  expected: string,
  got: (poor: Exchange) => string,
): void {
  const [first] = exchanges
  if (first === undefined) return
  const numbers = exchanges.slice(0, 5).map(({ number }) => number)
  const which = `${exchanges.length} of the error responses (exchanges ${numbers.join(', ')}${exchanges.length > 5 ? ' …' : ''})`
  throw new Failure(expected, `${which}: ${got(first)}`, first.number)
}

export const serviceChecks: readonly Check[] = [
  serviceCheck('interop', 'AL-A01', '4.2', 'MUST', {
    description:
      'The server conforms to the SCIM 2.0 Interoperability Profile, as the suite interop tests it.',
    rationale: 'Each level of IPSIE requires this profile first.',
    remedy: 'Fix the failures of the suite interop.',
    summary: true,
    run: async context => {
      const own = context.outcomes().filter(({ check }) => check.suite === 'interop')
      const failed = own.filter(({ check, verdict }) => verdict === 'failed' && check.level === 'MUST')
      if (failed.length === 0 && own.length < interopChecks.length)
        skip(`${own.length} of ${interopChecks.length} checks of the suite interop were run.`)
      const rules = [...new Set(failed.map(({ check }) => check.draft?.rule ?? check.id))].toSorted()
      const [first] = failed
      if (first) throw new Failure('no failure of interop', `failures of ${rules.join(', ')}`, first.exchange)
    },
  }),
  serviceCheck('bulk', 'AL-A06', '4.3', 'MUST', {
    description: 'The server advertises bulk requests, and one creates a user.',
    rationale: 'The identity provider sends larger changes as bulk requests.',
    remedy:
      'Support /Bulk (RFC 7644 §3.7; the draft names RFC 7643), and advertise it in ServiceProviderConfig.',
    needs: ['write', 'users'],
    after: ['probe/create'],
    run: async context => {
      const { config, offers } = context.service
      expectThat(offers.bulk !== undefined, 'bulk.supported true', valueIn(config, 'bulk', 'supported'))
      expectBulkStatuses(await sendBulk(context, [bulkCreateUser(context, 'one')]), '2xx')
    },
  }),
  serviceCheck('several-attributes', 'AL-A07', '4.3', 'MUST', {
    description: 'One PATCH with two operations changes two attributes.',
    rationale: 'The identity provider sends all changes of a user in one request.',
    remedy: 'Apply all operations of a PATCH.',
    needs: ['write', 'users'],
    after: ['probe/create', 'probe/patch', 'ipsie/deprovisioning/by-id'],
    blame: acceptedBlame,
    given: { user: true },
    request: ({ text, text2, mark }) => ({ patch: [replace(text, mark), replace(text2, `second-${mark}`)] }),
    expect: ({ text, text2, mark }) => ({ stored: { [text]: mark, [text2]: `second-${mark}` } }),
  }),
  serviceCheck('error-form', 'AL-A08', '8', 'MUST', {
    description: 'Every error response has the form of a SCIM error.',
    rationale: 'Clients read status, scimType and detail to decide what to do next.',
    remedy: 'Return the body of RFC 7644 §3.12 for all errors, also for those of routers and proxies.',
    needs: ['users'],
    summary: true,
    run: async context => {
      const poor = (await errorsOf(context)).filter(one => !isScimError(one))
      expectOfErrors(poor, 'SCIM errors', ({ response }) => `the first has status ${response?.status}`)
    },
  }),
  serviceCheck('error-details', 'AL-A08', '8', 'MUST', {
    description:
      'No error response shows the inside of the server: a stack trace, an exception of its language, a source file, or an error of its database.',
    rationale: 'Such details show attackers how the server is built.',
    remedy: 'Log the details of an error, and return a sentence that contains none of them.',
    needs: ['users'],
    summary: true,
    run: async context => {
      const poor = (await errorsOf(context)).filter(one => leakIn(one) !== undefined)
      expectOfErrors(poor, 'no internal details', one => `the first contains ${JSON.stringify(leakIn(one))}`)
    },
  }),
]
