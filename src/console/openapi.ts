import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliDecompress } from 'node:zlib'
import type { FastifyDynamicSwaggerOptions, SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import createFastify, { type FastifyInstance, type RouteOptions } from 'fastify'
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

async function buildDocument(routes: readonly RouteOptions[], version: string): Promise<string> {
  const { default: swagger } = await import('@fastify/swagger')
  const docs = createFastify()
  // Nothing is validated here, and the schemas are those of zod.
  docs.setValidatorCompiler(() => () => true)
  docs.setSerializerCompiler(() => JSON.stringify)
  await docs.register(swagger, { openapi: describeApi(version), hideUntagged: true, ...createTransforms() })
  // These operations are described here, and served elsewhere.
  const handler: RouteOptions['handler'] = (_request, reply) => reply.callNotFound()
  for (const route of routes) docs.route({ ...route, exposeHeadRoute: false, handler })
  await docs.ready()
  const document = JSON.stringify(docs.swagger())
  await docs.close()
  return document
}

const documentAddress = '/api/openapi.json'
const folder = '/api/docs/static'
const javaScript = 'text/javascript; charset=utf-8'
const swaggerFiles: Readonly<Record<string, string>> = {
  'swagger-ui-bundle.js': javaScript,
  'swagger-ui.css': 'text/css; charset=utf-8',
}

/** Without assets of other servers. The policy of the page allows no script in it. */
const docsPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Scimulator console API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${folder}/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="${folder}/swagger-ui-bundle.js"></script>
<script src="${folder}/start.js"></script>
</body>
</html>
`

const swaggerSettings = {
  dom_id: '#swagger-ui',
  url: documentAddress,
  // Without the top bar, which selects another document: there is only one.
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'list',
  persistAuthorization: false,
  validatorUrl: null,
}

/** A package has the files of Swagger UI compressed: its script has 1.7 MB. A checkout has them in its dependency. */
async function readSwaggerFile(name: string): Promise<Buffer> {
  const packed = fileURLToPath(new URL(`../ui/swagger/${name}.br`, import.meta.url))
  if (existsSync(packed)) return decompress(await readFile(packed))
  return readFile(fileURLToPath(new URL(`static/${name}`, import.meta.resolve('@fastify/swagger-ui'))))
}

const decompress = promisify(brotliDecompress)

/**
 * Describes the routes that are registered later: returns the routes of the OpenAPI document and of Swagger UI. The document is built by
 * the first request for it, because the start would take longer.
 */
export function describeRoutes(
  app: FastifyInstance,
  version: string,
): (pages: FastifyInstance) => Promise<void> {
  const described: RouteOptions[] = []
  app.addHook('onRoute', route => {
    if (route.schema?.tags && route.method !== 'HEAD') described.push(route)
  })
  let document: Promise<string> | undefined
  return async pages => {
    pages.get(documentAddress, async (_request, reply) => {
      document ??= buildDocument(described, version)
      return reply.type('application/json; charset=utf-8').send(await document)
    })
    // Former addresses of the document. JSON is also YAML.
    for (const format of ['json', 'yaml'])
      pages.get(`/api/docs/${format}`, async (_request, reply) => reply.redirect(documentAddress))
    pages.get('/api/docs', async (_request, reply) =>
      reply.header('content-security-policy', docsPolicy).type('text/html; charset=utf-8').send(docsPage),
    )
    pages.get(`${folder}/start.js`, async (_request, reply) =>
      reply.type(javaScript).send(`SwaggerUIBundle(${JSON.stringify(swaggerSettings)})\n`),
    )
    pages.get<{ Params: { file: string } }>(`${folder}/:file`, async ({ params: { file } }, reply) => {
      const mediaType = Object.hasOwn(swaggerFiles, file) ? swaggerFiles[file] : undefined
      if (mediaType === undefined) return reply.callNotFound()
      return reply.type(mediaType).send(await readSwaggerFile(file))
    })
  }
}
