import type { Check } from '../../check.ts'
import type { Exchange } from '../../client/exchange.ts'
import { isLoopback, tlsVersionOffered } from '../../client/reachability.ts'
import { expectThat, Failure, skip } from '../../expect.ts'
import { joinWords } from '../../grade/join-words.ts'
import { expectNoFaults } from '../steps/attribute-places.ts'
import { objectsIn } from '../steps/attributes.ts'
import { conformanceCheck, connectionCheck } from './areas.ts'

const scimJson = /^application\/scim\+json\s*(;|$)/i

/** An object in JSON that the client didn't ask for in another media type. */
const isScimData = ({ request, response }: Exchange): boolean => {
  const accept = Object.entries(request.headers).find(([name]) => /^accept$/i.test(name))?.[1] ?? '*/*'
  return response !== undefined && /^\s*\{/.test(response.body) && /scim\+json|\*\/\*/i.test(accept)
}

const connectionChecks: readonly Check[] = [
  connectionCheck('tls', 'IP-34', '7.1', 'MUST', {
    description: 'The server accepts TLS 1.3.',
    rationale: 'Tokens and personal data are sent in every request.',
    remedy: 'Serve https, and enable TLS 1.3 at the server, or at the proxy in front of it.',
    run: async ({ service }) => {
      const url = new URL(service.url)
      if (url.protocol === 'http:' && isLoopback(url.hostname))
        skip('The server is on this machine and reached over http, so TLS doesn’t apply.')
      const version = url.protocol === 'http:' ? 'http' : await tlsVersionOffered(url, 'TLSv1.3')
      expectThat(version === 'TLSv1.3', 'a handshake with TLS 1.3', version)
    },
  }),
  connectionCheck('basic', 'IP-35', '7.2', 'MAY', {
    description: 'ServiceProviderConfig offers an authentication scheme other than HTTP Basic.',
    rationale:
      'The draft doesn’t recommend HTTP Basic: each request contains a password that rarely changes.',
    remedy: 'Support OAuth bearer tokens, and list oauthbearertoken in authenticationSchemes.',
    after: ['interop/discovery/endpoints'],
    run: async ({ service }) => {
      const types = objectsIn(service.config, 'authenticationSchemes').map(({ type }) => String(type))
      if (types.length === 0) skip('ServiceProviderConfig lists no authenticationSchemes.')
      expectThat(
        types.some(type => !/^httpbasic$/i.test(type)),
        'another scheme than httpbasic',
        types,
      )
    },
  }),
  connectionCheck('media-type', 'IP-14', '6.2', 'MUST', {
    description:
      'Every response with SCIM data, errors included, has the Content-Type application/scim+json.',
    rationale: 'Clients choose their parser by the Content-Type.',
    remedy: 'Set Content-Type to application/scim+json in every response with a body, also in errors.',
    summary: true,
    run: async ({ exchanges, service }) => {
      const wrong = exchanges().filter(
        one =>
          one.url.startsWith(service.url) &&
          isScimData(one) &&
          !scimJson.test(one.response?.headers['content-type'] ?? ''),
      )
      const [first] = wrong
      if (first === undefined) return
      const types = new Set(wrong.map(({ response }) => response?.headers['content-type'] ?? 'none'))
      throw new Failure(
        'Content-Type application/scim+json in every response with SCIM data',
        `${joinWords([...types])} in ${wrong.length} of ${exchanges().length} responses`,
        first.number,
        'other',
      )
    },
  }),
]

const claim: readonly Check[] = [
  conformanceCheck('claim', 'IP-01', '4', 'MUST', {
    description:
      'ServiceProviderConfig has interopProfileConformant true only if the server meets the draft.',
    rationale: 'Clients rely on it and send requests that other servers would reject.',
    remedy: 'Meet the rules that are named, or omit interopProfileConformant until then.',
    summary: true,
    run: async ({ outcomes, service }) => {
      const { interopProfileConformant: claimed } =
        service.config ?? skip('/ServiceProviderConfig can’t be read.')
      const isBoolean = claimed === undefined || typeof claimed === 'boolean'
      expectThat(isBoolean, 'interopProfileConformant as a boolean', claimed)
      if (claimed !== true) return
      const failed = outcomes().filter(
        ({ check, verdict }) => check.suite === 'interop' && check.level === 'MUST' && verdict === 'failed',
      )
      const rules = [...new Set(failed.map(({ check }) => check.draft?.rule ?? check.id))].toSorted()
      expectNoFaults(rules, 'interopProfileConformant only if no rule is violated')
    },
  }),
]

/** In this order: the claim is compared with the results of all others. */
export const conformanceChecks: readonly Check[] = [...connectionChecks, ...claim]
