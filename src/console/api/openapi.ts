import type { SwaggerTransform, SwaggerTransformObject } from '@fastify/swagger'
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { withoutUnused } from './openapi-components.ts'

type Override = NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']

/** Leaves out what zod says beyond the type: the bounds of safe integers, and the pattern of a format. */
const override: Override = ({ zodSchema, jsonSchema }) => {
  // No body at all: @fastify/swagger knows that by this type.
  if (zodSchema._zod.def.type === 'undefined') jsonSchema.type = 'null'
  if (jsonSchema.format !== undefined) delete jsonSchema.pattern
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum
}

const options = { zodToJsonConfig: { override } }
const transformRoute = createJsonSchemaTransform(options)
const transformDocument = createJsonSchemaTransformObject(options)

/** How routes with zod schemas become an OpenAPI document. */
export function createTransforms(): { transform: SwaggerTransform; transformObject: SwaggerTransformObject } {
  const withOptionalBody = new Set<string>()
  return {
    transform: route => {
      const { body, operationId } = route.schema ?? {}
      if (body instanceof z.ZodOptional && operationId) withOptionalBody.add(operationId)
      return transformRoute(route as Parameters<typeof transformRoute>[0])
    },
    transformObject: document => {
      const described = withoutUnused(transformDocument(document))
      for (const path of Object.values(described.paths ?? {})) {
        const operation = path?.post
        const body = operation?.requestBody
        if (!body || '$ref' in body || !withOptionalBody.has(operation?.operationId ?? '')) continue
        // @fastify/swagger takes every body for a required one.
        body.required = false
      }
      return described
    },
  }
}
