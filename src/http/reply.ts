import type { FastifyReply, FastifyRequest } from 'fastify'
import { mediaTypeFor } from './media-type.ts'

/** What an operation answers, before the profile's headers. The body is JSON text. */
export type Answer = {
  readonly status: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Where it isn't the profile's. */
  readonly mediaType?: string
}

/** Where no tenant is known. */
const otherwise = ['application/scim+json', 'application/json'] as const

const asItIs = (body: unknown) => body as string

/** Sends an answer as the tenant's profile sends it. */
export function send(request: FastifyRequest, reply: FastifyReply, answer: Answer): FastifyReply {
  reply.code(answer.status).headers(headersOf(request, answer))
  // The body is text already; with a serializer of its own Fastify adds no charset to the media type.
  reply.serializer(asItIs)
  return reply.send(answer.body)
}

/** All that go with an answer; the exchange keeps them. */
export function headersOf(
  request: FastifyRequest,
  { headers, mediaType }: Answer,
): Readonly<Record<string, string>> {
  const { tenant, id } = request.exchange
  const answers = tenant?.profile.answers
  const sent = {
    ...answers?.headers(id),
    ...headers,
    'content-type': mediaType ?? mediaTypeFor(answers?.mediaTypes ?? otherwise, request.headers.accept),
  }
  request.exchange.sent = sent
  return sent
}
