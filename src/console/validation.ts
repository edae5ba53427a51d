import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'

/**
 * Bodies are JSON and nothing else: a form of another site can't send that without asking first, and it is never
 * allowed. An empty body is no body.
 */
export function acceptOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined)
    else parse(request, body, done)
  })
}

/**
 * Requests and answers of this scope are checked by zod. Not for the whole listener: the routes of Swagger UI
 * have schemas of another kind.
 */
export function validateWithZod(app: FastifyInstance): void {
  app.setSerializerCompiler(serializerCompiler)
  app.setValidatorCompiler<z.ZodType>(route => {
    const validate = validatorCompiler(route)
    // Fastify hands over null for a body that isn't there; for zod that is a value.
    return route.httpPart === 'body' ? body => validate(body ?? undefined) : validate
  })
}
