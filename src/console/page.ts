import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { pagePolicy } from './headers.ts'
import { pageAddresses } from './page-addresses.ts'
import { pageFiles } from './page-files.ts'

const forAYear = 'public, max-age=31536000, immutable'

/** The page: the same file at each of its addresses, and what it is made of. It holds no data and needs no token. */
export const pageRoutes = async (app: FastifyInstance): Promise<void> => {
  for (const address of Object.values(pageAddresses)) {
    app.get(address, async (_request, reply) => sendPage(reply))
  }
  app.get<{ Params: { file: string } }>('/assets/:file', async ({ params }, reply) => {
    const found = (await pageFiles()).assets.get(params.file)
    if (!found) return reply.callNotFound()
    return reply.header('cache-control', forAYear).type(found.mediaType).send(found.content)
  })
}

const sendPage = async (reply: FastifyReply): Promise<FastifyReply> => {
  const { html } = await pageFiles()
  return reply.header('content-security-policy', pagePolicy).type('text/html; charset=utf-8').send(html)
}

/** Shows a browser that asks for an unknown address the page, which says so in words, with status 404. */
export async function showUnknownAddress(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { is404, method, url, headers } = request
  if (!is404 || method !== 'GET' || /^\/(api|assets)\b/.test(url)) return
  if (headers.accept?.includes('text/html')) await sendPage(reply.code(404))
}
