import type { FastifyInstance } from 'fastify'

/**
 * Bodies are JSON and nothing else: a form of another site can't send that without asking first, and it is never
 * allowed. An empty body is no body.
 */
export function readOnlyJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') done(null, undefined)
    else parse(request, body, done)
  })
}
