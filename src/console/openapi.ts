import type { FastifyDynamicSwaggerOptions, SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import createFastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type RouteOptions,
} from 'fastify'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import * as z from 'zod'
import { tags } from '../domain/contract/operation.ts'
import { docsPolicy } from './guard.ts'

type Document = ReturnType<SwaggerTransformObject>

const referencedSchemas = (part: unknown): ReadonlySet<string> =>
  new Set(
    [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name),
  )

/** The document without unreferenced schemas: zod produces each schema as input and as output. */
function dropUnusedSchemas(document: Document): Document {
  if (!('openapi' in document) || !document.components?.schemas) return document
  const { schemas } = document.components
  const used = new Set<string>()
  const use = (names: ReadonlySet<string>) => {
    for (const name of names) {
      if (used.has(name)) continue
      used.add(name)
      use(referencedSchemas(schemas[name] ?? {}))
    }
  }
  use(referencedSchemas(document.paths))
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...document.components, schemas: kept } } as Document
}

type Override = NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']

/** Describes codecs as they are on the wire. Removes additions of zod: the bounds of safe integers, and the pattern of a format. */
const override: Override = ({ zodSchema, jsonSchema }) => {
  if (zodSchema instanceof z.ZodCodec) {
    const { $schema, ...wire } = z.toJSONSchema(zodSchema, { io: 'input' })
    Object.assign(jsonSchema, wire)
  }
  // For @fastify/swagger, this type is a response without a body.
  if (zodSchema._zod.def.type === 'undefined') jsonSchema.type = 'null'
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
}

const options = { zodToJsonConfig: { override } }
const transformRoute = createJsonSchemaTransform(options)
const transformDocument = createJsonSchemaTransformObject(options)

function createTransforms(): { transform: SwaggerTransform; transformObject: SwaggerTransformObject } {
  const withOptionalBody = new Set<string>()
  return {
    transform: route => {
      const { body, operationId } = route.schema ?? {}
      if (body instanceof z.ZodOptional && operationId) withOptionalBody.add(operationId)
      const { schema, url } = transformRoute(route as Parameters<typeof transformRoute>[0])
      return { schema: { ...schema, 'x-needs': route.route.config?.needs }, url }
    },
    transformObject: document => {
      const described = dropUnusedSchemas(transformDocument(document))
      for (const path of Object.values(described.paths ?? {})) {
        const operation = path?.post
        const body = operation?.requestBody
        if (!body || '$ref' in body || !withOptionalBody.has(operation?.operationId ?? '')) continue
        // @fastify/swagger describes every body as required.
        body.required = false
      }
      return described
    },
  }
}

const describeApi = (version: string): NonNullable<FastifyDynamicSwaggerOptions['openapi']> => ({
  openapi: '3.1.0',
  info: {
    title: 'Scimulator console',
    version,
    description:
      'Monitors and controls Scimulator, a SCIM 2.0 service provider that behaves like AWS IAM Identity Center. Lists are paged by cursor: repeat the request with `cursor` set to `next`. Errors are problem documents (RFC 9457). `x-needs` is what a caller must be allowed to do: `none`, `metrics`, `read`, `write` or `destroy`, each level with all before it.',
  },
  servers: [{ url: '/' }],
  tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
  security: [{}, { consoleToken: [] }, { session: [] }],
  components: {
    securitySchemes: {
      consoleToken: {
        type: 'http',
        scheme: 'bearer',
        description:
          'A console token, if one is required, or an access token of the identity provider (`--console-audience`).',
      },
      session: {
        type: 'apiKey',
        in: 'cookie',
        name: 'scimulator-8081',
        description:
          'The session of a person who signed in. The name ends in the port of the console; with HTTPS it is `__Host-scimulator`.',
      },
    },
  },
})

async function buildDocs(routes: readonly RouteOptions[], version: string): Promise<FastifyInstance> {
  const [{ default: swagger }, { default: swaggerUi }] = await Promise.all([
    import('@fastify/swagger'),
    import('@fastify/swagger-ui'),
  ])
  const docs = createFastify()
  // Nothing is validated here, and the schemas are those of zod.
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  await docs.register(swagger, { openapi: describeApi(version), hideUntagged: true, ...createTransforms() })
  // These operations are described here, and served elsewhere.
  const handler: RouteOptions['handler'] = (_request, reply) => reply.callNotFound()
  for (const route of routes) docs.route({ ...route, exposeHeadRoute: false, handler })
  docs.get('/api/openapi.json', () => docs.swagger())
  await docs.register(swaggerUi, {
    routePrefix: '/api/docs',
    staticCSP: docsPolicy,
    uiConfig: {
      // Without the top bar, which selects another document: there is only one.
      layout: 'BaseLayout',
      deepLinking: true,
      docExpansion: 'list',
      persistAuthorization: false,
      validatorUrl: null,
    },
    // Shown only in the top bar.
    logo: { type: 'image/svg+xml', content: '' },
    theme: { title: 'Scimulator console API' },
  })
  await docs.ready()
  return docs
}

/**
 * Describes the routes that are registered later: returns the routes of the OpenAPI document and of Swagger UI, without assets of
 * other servers. Both are built by the first request for them, because the start would take longer.
 */
export function describeRoutes(
  app: FastifyInstance,
  version: string,
): (pages: FastifyInstance) => Promise<void> {
  const described: RouteOptions[] = []
  app.addHook('onRoute', route => {
    if (route.schema?.tags && route.method !== 'HEAD') described.push(route)
  })
  let docs: Promise<FastifyInstance> | undefined
  app.addHook('onClose', async () => (await docs)?.close())

  async function sendDocs({ method, url, headers }: FastifyRequest, reply: FastifyReply) {
    docs ??= buildDocs(described, version)
    const response = await (await docs).inject({ method: method === 'HEAD' ? 'HEAD' : 'GET', url, headers })
    if (response.statusCode === 404) return reply.callNotFound()
    const { connection, date, ...sent } = response.headers
    return reply.code(response.statusCode).headers(sent).send(response.rawPayload)
  }
  return async pages => {
    for (const url of ['/api/openapi.json', '/api/docs', '/api/docs/*']) pages.get(url, sendDocs)
  }
}
