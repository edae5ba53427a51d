import type { FastifyReply, FastifyRequest } from 'fastify'
import { mediaTypeFor } from './media-type.ts'

/** What an operation answers, before the profile's headers. The body is JSON text. */
export type Answer = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Where no tenant is known. */
const otherwise = ['application/scim+json', 'application/json'] as const

const asItIs = (body: unknown) => body as string

/** Sends an answer as the tenant's profile sends it. */
export function send(
  request: FastifyRequest,
  reply: FastifyReply,
  { status, body, headers }: Answer,
): FastifyReply {
  const { tenant, id } = request.exchange
  const answers = tenant?.profile.answers
  const sent = {
    ...answers?.headers(id),
    ...headers,
    'content-type': mediaTypeFor(answers?.mediaTypes ?? otherwise, request.headers.accept),
  }
  request.exchange.sent = sent
  reply.code(status).headers(sent)
  // The body is text already; with a serializer of its own Fastify adds no charset to the media type.
  reply.serializer(asItIs)
  return reply.send(body)
}
