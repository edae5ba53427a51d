import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { describe } from '../journal/describe.ts'
import type { Exchange, Message } from '../journal/exchange.ts'
import type { Journal } from '../journal/journal.ts'
import type { Mask } from '../journal/mask.ts'
import { nowAt } from '../tenants/tenant.ts'

/** Bodies are kept up to this size; what is beyond it is cut off, and the cut noted. */
const keptBytes = 64 * 1024
/** nginx's status for a client that went away before it was answered. */
const clientClosedRequest = 499

/** Gives every exchange to the journal as it is answered, refused and broken ones included. */
export function recordExchanges(app: FastifyInstance, journal: Journal, mask: Mask): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    keep(request, () => journal.record(exchangeOf(request, reply, reply.statusCode, payload, mask)))
    done(null, payload)
  })
  app.addHook('onRequestAbort', (request, done) => {
    keep(request, () => journal.record(exchangeOf(request, undefined, clientClosedRequest, undefined, mask)))
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

function exchangeOf(
  request: FastifyRequest,
  reply: FastifyReply | undefined,
  status: number,
  payload: unknown,
  mask: Mask,
): Exchange {
  const { id, at, started, tenant, token, refusal, intent, target, rule, body } = request.exchange
  return {
    id,
    at,
    tenantTime: tenant ? nowAt(tenant, at) : at,
    microseconds: Math.round((performance.now() - started) * 1000),
    method: request.method,
    url: mask.url(request.originalUrl),
    status,
    action: describe(refusal ? { kind: 'refused', refusal } : (intent ?? { kind: 'broken-request' })),
    ...(tenant && { tenant: tenant.id, profile: tenant.profile.name }),
    ...(token && { token: { id: token.id, ending: token.ending } }),
    ...(refusal && { refusal }),
    ...(target && { target }),
    ...(rule && { rule }),
    remoteAddress: request.ip,
    request: message(request.headers, body?.toString('utf8'), mask),
    response: message(reply?.getHeaders() ?? {}, typeof payload === 'string' ? payload : undefined, mask),
  }
}

function message(headers: Readonly<Record<string, unknown>>, body: string | undefined, mask: Mask): Message {
  const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
  const kept = { headers: mask.headers(texts) }
  if (body === undefined || body === '') return kept
  const masked = mask.body(body)
  if (masked.length <= keptBytes) return { ...kept, body: masked }
  return { ...kept, body: masked.slice(0, keptBytes), cutFrom: Buffer.byteLength(masked) }
}
