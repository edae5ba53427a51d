import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { findExcess } from '../scim/json.ts'
import { Problem } from './problem.ts'

/** A form of another site cannot send JSON without a CORS preflight, which always fails. Empty bodies are accepted. */
export function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined)
    else {
      const excess = findExcess(body)
      if (excess === undefined) parse(request, body, done)
      else done(new Problem('invalid-request', `The body ${excess}.`))
    }
  })
}

/** Not for the whole listener: the routes of Swagger UI have JSON schemas. */
export function validateWithZod(app: FastifyInstance): void {
  app.setSerializerCompiler(serializerCompiler)
  app.setValidatorCompiler<z.ZodType>(route => {
    const validate = validatorCompiler(route)
    // Fastify passes null for a missing body, which is a value for zod.
    return route.httpPart === 'body' ? body => validate(body ?? undefined) : validate
  })
}

/** Accepts JSON bodies of up to `limit` bytes in this scope, for handlers that get their bytes. A missing body is validated. */
export function acceptJsonBytes(app: FastifyInstance, limit = app.initialConfig.bodyLimit ?? 0): void {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', ({ headers }: FastifyRequest, payload: IncomingMessage) =>
    readFileBody(payload, headers['content-length'], limit),
  )
  app.setValidatorCompiler<z.ZodType>(route => {
    const validate = validatorCompiler(route)
    if (route.httpPart !== 'body') return validate
    return body => (body instanceof Uint8Array ? { value: body } : validate(body ?? undefined))
  })
}

/** Bytes of the first buffer of a body of unknown length. */
const initialLength = 1024 * 1024

/**
 * Reads a body into a buffer of its own, which can be moved to a thread. Joining the parts of a large body at its end would block
 * the event loop. Throws a Problem for more than `limit` bytes.
 */
export async function readFileBody(
  payload: IncomingMessage,
  stated: string | undefined,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const expected = stated === undefined ? initialLength : Number(stated)
  if (expected > limit) throw tooLarge(limit)
  let bytes = new Uint8Array(expected)
  let length = 0
  for await (const part of payload as AsyncIterable<Buffer>) {
    const end = length + part.byteLength
    if (end > limit) throw tooLarge(limit)
    if (end > bytes.byteLength) {
      const larger = new Uint8Array(Math.min(limit, Math.max(end, 2 * bytes.byteLength)))
      larger.set(bytes.subarray(0, length))
      bytes = larger
    }
    bytes.set(part, length)
    length = end
  }
  return bytes.subarray(0, length)
}

const tooLarge = (limit: number) =>
  new Problem('too-large', `The file is larger than the limit of ${Math.round(limit / 1024 / 1024)} MiB.`)
