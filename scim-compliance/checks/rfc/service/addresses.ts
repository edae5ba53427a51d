import type { Check } from '../../../check.ts'
import { expectEqual, expectStatus, expectThat, resourcesIn, skip } from '../../../expect.ts'
import { read } from '../../tools/read.ts'
import { checksOf } from '../checks-of.ts'
import { transportArea } from './areas.ts'

const local = /^(localhost|127\.|\[::1\]|10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/

export const checks: readonly Check[] = checksOf(transportArea, [
  {
    id: 'unknown-parameters-list',
    level: 'SHOULD',
    source: 'RFC 7644 §3.4.2',
    says: 'Query parameters that the server doesn’t know are ignored in lists.',
    requirements: ['R-014'],
    matters:
      'Administrators put ?aadOptscim062020 behind the tenant URL to choose Entra’s dialect, and it may be sent along.',
    mend: 'Read the parameters you know and pass over the others.',
    needs: ['users'],
    run: async stage => {
      resourcesIn(await stage.get(`${stage.users.endpoint}?count=1&scimCheckFlag=1&other`))
    },
  },
  {
    id: 'unknown-parameters-resource',
    level: 'SHOULD',
    source: 'RFC 7644 §3.4.2',
    says: 'Query parameters that the server doesn’t know are ignored where one resource is read.',
    requirements: ['R-014'],
    matters:
      'Administrators put ?aadOptscim062020 behind the tenant URL to choose Entra’s dialect, and it may be sent along.',
    mend: 'Read the parameters you know and pass over the others.',
    needs: ['write', 'users'],
    run: async stage => {
      const { path, id } = await stage.create(stage.users)
      const { answer, body } = await read(stage, `${path}?scimCheckFlag=1`)
      expectEqual(body.id, id, 'id', answer)
    },
  },
  {
    id: 'base-uri',
    level: 'MUST',
    source: 'RFC 7644 §1.3',
    says: 'The base URI is a path without a query or a fragment.',
    requirements: ['R-011'],
    matters: 'Clients append /Users to the base URI; after a query that isn’t a path any more.',
    mend: 'Tell tenants apart by host or path, not by a query parameter.',
    run: async stage => {
      const { search, hash } = new URL(stage.service.url)
      expectEqual(`${search}${hash}`, '', 'after the path of the base URI')
    },
  },
  {
    id: 'endpoints-below-base',
    level: 'MUST',
    source: 'RFC 7644 §1.3',
    says: 'Every endpoint that resource types advertise is a path below the base URI.',
    requirements: ['R-011'],
    matters: 'Clients put the base URI and the endpoint together; anything else leads them astray.',
    mend: 'Advertise endpoints as /Users, relative to the base URI.',
    run: async ({ service }) => {
      if (service.resourceTypes.length === 0) skip('The server advertises no resource types.')
      for (const { endpoint } of service.resourceTypes)
        expectThat(
          typeof endpoint === 'string' && (/^\/?[^/?#:]+/.test(endpoint) || endpoint.startsWith(service.url)),
          'an endpoint below the base URI',
          endpoint,
        )
    },
  },
  {
    id: 'https',
    level: 'MUST',
    source: 'RFC 7644 §7.2',
    says: 'A server that is reached over a network is reached by HTTPS.',
    requirements: ['R-008'],
    matters: 'Entra asks for TLS 1.2; without it, tokens and personal data travel in clear.',
    mend: 'Serve TLS 1.2 or newer, or put a proxy in front that does.',
    run: async ({ service }) => {
      const { protocol, hostname } = new URL(service.url)
      if (protocol !== 'https:' && local.test(hostname))
        skip('The server is on this machine or a private network.')
      expectEqual(protocol, 'https:', 'protocol')
    },
  },
  {
    id: 'unsupported-version',
    level: 'MUST',
    source: 'RFC 7644 §3.13',
    says: 'A version before the endpoint that the server doesn’t support is refused with 404, or 400 and invalidVers.',
    requirements: ['R-012'],
    matters: 'A client of another version would misread the answers.',
    mend: 'Serve only the versions there are, each under its own segment before the endpoint.',
    needs: ['users'],
    run: async stage => expectStatus(await stage.get(`/v99${stage.users.endpoint}?count=1`), 400, 404),
  },
])
