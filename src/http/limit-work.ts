import type { FastifyReply, FastifyRequest } from 'fastify'
import { errors } from '../scim/error.ts'
import type { Answer } from './reply.ts'
import { aimOf } from './request-facts.ts'
import { createTurns, type TurnLimits } from './turns.ts'

/** Carries out a request as soon as what is under way for its access token allows. */
export type LimitWork = (
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<Answer>,
) => Promise<Answer>

/** Most requests are answered at once or wait for a commit that they share, so only a flood of them ever waits. */
const ofAny: TurnLimits = { atOnce: 32, waiting: 2048, waitingBytes: 16 * 1024 * 1024 }
/** Each takes its share of every turn of the event loop. */
const ofLong: TurnLimits = { ...ofAny, atOnce: 4 }

/**
 * Limits the requests under way for an access token, so that no client holds the others up. Requests of the console's
 * own, and those that need no token, are exempt.
 */
export function createWorkLimit(): LimitWork {
  const turns = createTurns(ofAny)
  const longTurns = createTurns(ofLong)
  return (request, reply, work) => {
    const { token, fault } = request.exchange
    if (!token) return work()
    const turn = {
      client: token.id,
      // Of any encoding; the journal's copy has only what is plain.
      bytes: Buffer.isBuffer(request.body) ? request.body.length : 0,
      refuse: () => {
        // The journal says what it was about.
        Object.assign(request.exchange, aimOf(request))
        return tooMany(takesLong(request) ? ofLong : ofAny)
      },
      // A delayed request is carried out though its client has left.
      onLeave: (leave: () => void) => void (fault ?? reply.raw.once('close', leave)),
    }
    return takesLong(request) ? longTurns(turn, work) : turns(turn, work)
  }
}

/** Bulk requests, searches by POST, sorted lists and those whose filter does more than look resources up. */
function takesLong({ method, query, exchange }: FastifyRequest): boolean {
  if (method === 'POST') return /^(bulk|\.search)$/i.test(exchange.address?.segments.at(-1) ?? '')
  const { filter, sortBy } = query as Readonly<Record<string, unknown>>
  return sortBy !== undefined || (filter !== undefined && !isLookUp(String(filter)))
}

/** A comparison for equality, or several that must all hold. It is found by an index, as a rule. */
const isLookUp = (filter: string): boolean =>
  filter.length <= 500 && !/\b(ne|co|sw|ew|pr|g[te]|l[te]|or|not)\b/i.test(filter.replace(quoted, ''))

const quoted = /"(?:[^"\\]|\\.)*"/g

const tooMany = ({ atOnce, waiting }: TurnLimits) =>
  errors.tooBusy(
    `This access token has ${atOnce} requests of this kind under way, and no more can wait (at most ${waiting}, or 16 MiB). Send fewer at a time.`,
  )
