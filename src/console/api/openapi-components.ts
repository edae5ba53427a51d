import type { SwaggerTransformObject } from '@fastify/swagger'

type Document = ReturnType<SwaggerTransformObject>

const referencedIn = (part: unknown): ReadonlySet<string> =>
  new Set(
    [...JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name = '']) => name),
  )

/** The document without schemas that nothing refers to: each schema comes once as input and once as output. */
export function withoutUnused(document: Document): Document {
  if (!('openapi' in document) || !document.components?.schemas) return document
  const { schemas } = document.components
  const used = new Set<string>()
  const use = (names: ReadonlySet<string>) => {
    for (const name of names) {
      if (used.has(name)) continue
      used.add(name)
      use(referencedIn(schemas[name] ?? {}))
    }
  }
  use(referencedIn(document.paths))
  const kept = Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)))
  return { ...document, components: { ...document.components, schemas: kept } } as Document
}
