import { lookup } from 'node:dns'
import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage } from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'
import { classifyAddress, createLookup, hostOf, isRefusedAddress } from '../../domain/outbound/addresses.ts'

/** Milliseconds. Entra ID waits 100 seconds for a response, Okta 60. */
const responseTimeout = 120_000

/**
 * Milliseconds to connect, and until an idle connection is closed: before the upstream closes it, because a request on a closed one fails,
 * and none is sent twice.
 */
const connectionTimeout = 4_000

export type Upstream = ReturnType<typeof createUpstream>

/** A SCIM endpoint. `allowInsecure` allows http and local addresses. Throws if requests may not be sent to this URL. */
export function createUpstream(text: string, allowInsecure = false) {
  const url = URL.parse(text)
  if (!url || !/^https?:$/.test(url.protocol) || /[?#]/.test(text) || url.username + url.password !== '')
    throw new Error('it is not a base URL such as https://scim.us-east-1.amazonaws.com/TENANT/scim/v2')
  if (url.protocol === 'http:' && !allowInsecure)
    throw new Error(`it would send tokens over http; ${permission}`)
  const refuses = (address: string) => !allowInsecure && classifyAddress(address) !== undefined
  const hostname = hostOf(url)
  if (isIP(hostname) !== 0 && refuses(hostname)) throw new Error(localAddress)
  const { Agent, request } = url.protocol === 'http:' ? http : https
  const agent = new Agent({ keepAlive: true, maxSockets: 50, timeout: connectionTimeout })
  const path = url.pathname.replace(/\/+$/, '')
  return {
    host: url.host,
    /** The base URL, and its path, without a slash at the end. */
    url: url.origin + path,
    path,
    /** Opens a request; names and values of headers alternate. The caller ends it. */
    open(target: string, headers: readonly string[]): ClientRequest {
      const opened = request({
        hostname,
        port: url.port,
        path: path + target,
        headers: ['Host', url.host, ...headers],
        agent,
        lookup: createLookup(lookup, refuses),
        signal: AbortSignal.timeout(responseTimeout),
      })
      return opened.on('timeout', () => {
        if (opened.socket?.connecting)
          opened.destroy(Object.assign(new Error('it accepts no connection'), { code: 'ETIMEDOUT' }))
      })
    },
    close: () => agent.destroy(),
  }
}

const permission = '--allow-insecure-upstream allows it, for tests'
const localAddress = `its address is of this machine or its network; ${permission}`

export function explainFailure(error: NodeJS.ErrnoException) {
  if (isRefusedAddress(error)) return { status: 502, message: localAddress }
  const { name, code, message } = error
  if (name === 'AbortError') return { status: 504, message: 'it did not respond within 120 seconds' }
  return { status: code === 'ETIMEDOUT' ? 504 : 502, message: message || (code ?? name) }
}

/** Asks for the configuration, without a token. Throws if something else than a SCIM endpoint responds at this address. */
export async function checkUpstream({ open }: Upstream): Promise<void> {
  const request = open('/ServiceProviderConfig', ['Accept', 'application/scim+json']).end()
  const [response]: IncomingMessage[] = await once(request, 'response').catch(error => {
    throw new Error(explainFailure(error).message)
  })
  const { statusCode = 0, headers } = response?.resume() ?? { headers: {} }
  if (statusCode >= 300 && statusCode < 400)
    throw new Error(`it redirects to another address (${statusCode}), and redirects are not followed`)
  if (/^text\/html\b/i.test(headers['content-type'] ?? '')) throw new Error('it returns a page (text/html)')
}
