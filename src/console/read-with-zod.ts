import type { FastifyInstance } from 'fastify'
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod'
import type { z } from 'zod'

/**
 * Requests and answers of this scope are checked by zod. Not for the whole listener: the routes of Swagger UI
 * have schemas of another kind.
 */
export function readWithZod(app: FastifyInstance): void {
  app.setSerializerCompiler(serializerCompiler)
  app.setValidatorCompiler<z.ZodType>(route => {
    const validate = validatorCompiler(route)
    // Fastify hands over null for a body that isn't there; for zod that is a value.
    return route.httpPart === 'body' ? body => validate(body ?? undefined) : validate
  })
}
