import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'
import { findExcess } from '../scim/json-text.ts'
import { Problem } from './problem.ts'

/**
 * Accepts only JSON bodies: a form of another site cannot send them without a CORS preflight, which always fails. An
 * empty body is no body.
 */
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

/**
 * Validates requests and responses of this scope with zod. Not for the whole listener: the routes of Swagger UI have
 * JSON schemas.
 */
export function validateWithZod(app: FastifyInstance): void {
  app.setSerializerCompiler(serializerCompiler)
  app.setValidatorCompiler<z.ZodType>(route => {
    const validate = validatorCompiler(route)
    // Fastify passes null for a missing body, which is a value for zod.
    return route.httpPart === 'body' ? body => validate(body ?? undefined) : validate
  })
}
