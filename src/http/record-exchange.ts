import type { FastifyInstance, FastifyRequest } from 'fastify'
import { describe } from '../journal/describe.ts'
import type { Exchange, Message } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import type { Mask, MaskFor } from '../journal/mask.ts'
import { nowAt } from '../tenants/tenant.ts'

/** Bodies are kept up to so many characters; what is beyond is cut off, and the cut noted. */
const keptLength = 64 * 1024
/** nginx's status for a client that went away before it was answered. */
const clientClosedRequest = 499

/** Gives every exchange to the journal as it is answered, refused and broken ones included. */
export function recordExchanges(app: FastifyInstance, journal: Journal, maskFor: MaskFor): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    keep(request, () => journal.record(exchangeOf(request, reply.statusCode, payload, maskFor)))
    done(null, payload)
  })
  app.addHook('onRequestAbort', (request, done) => {
    keep(request, () => journal.record(exchangeOf(request, clientClosedRequest, undefined, maskFor)))
    done()
  })
}

/** A journal that fails is the operator's trouble, never the client's. */
function keep(request: FastifyRequest, record: () => void): void {
  try {
    record()
  } catch (err) {
    request.log.error({ err }, 'an exchange could not be kept in the journal')
  }
}

function exchangeOf(request: FastifyRequest, status: number, payload: unknown, maskFor: MaskFor): Exchange {
  const { id, at, started, tenant, token, refusal, intent, target, rule, body, sent = {} } = request.exchange
  const mask = maskFor(tenant?.profile.resourceTypes)
  return {
    id,
    at,
    tenantTime: tenant ? nowAt(tenant, at) : at,
    microseconds: Math.round((performance.now() - started) * 1000),
    method: request.method,
    url: mask.url(request.originalUrl),
    status,
    action: mask.words(
      describe(refusal ? { kind: 'refused', refusal } : (intent ?? { kind: 'broken-request' })),
    ),
    ...(tenant && { tenant: tenant.id, profile: tenant.profile.name }),
    ...(token && { token: { id: token.id, ending: token.ending } }),
    ...(refusal && { refusal }),
    ...(target && { target }),
    ...(rule && { rule }),
    remoteAddress: request.ip,
    request: message(mask.headers(request.headers), body?.toString('utf8'), mask),
    response: message(sent, typeof payload === 'string' ? payload : undefined, mask),
  }
}

function message(headers: Message['headers'], body: string | undefined, mask: Mask): Message {
  if (body === undefined || body === '') return { headers }
  const masked = mask.body(body)
  if (masked.length <= keptLength) return { headers, body: masked }
  return { headers, body: masked.slice(0, keptLength), cutFrom: Buffer.byteLength(body) }
}
