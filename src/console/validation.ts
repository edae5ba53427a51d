import type { IncomingMessage } from 'node:http'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { findExcess } from '../scim/json.ts'
import { readFileBody } from './file-body.ts'
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
