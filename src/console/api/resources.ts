import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { typeNamed } from '../../scim/resource-types.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { attributeHistorySchema } from './attribute-history.ts'
import { identityParams } from './identities.ts'
import { identityAnswers, identityQuery, type Shown } from './identity-answers.ts'
import { historyEntrySchema, identitySchema, identityWithDocumentSchema } from './identity-view.ts'
import { answer, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'
import { atQuery } from './then.ts'
import { typesOf } from './types-of.ts'

const type = z.string().meta({ description: 'The name of the resource type.', example: 'Device' })
const typeParams = tenantParams.extend({ type })
const resourceParams = identityParams.extend({ type })

/** The resources of any type, as people look at them; types come and go with what a tenant declares. */
export const resourceRoutes: FastifyPluginAsyncZod<ConsoleParts> = async (
  app,
  { tenants, directory, journal },
) => {
  const path = '/tenants/:tenant/resources/:type'
  const tags = ['resources']
  const answers = identityAnswers({ directory, journal })

  const shown = (params: z.output<typeof typeParams>): Shown => {
    const tenant = tenantNamed(tenants, params.tenant)
    const type = typeNamed(typesOf(tenant), params.type)
    if (!type) throw noSuchType(tenant.id, params.type)
    return { tenant, type, all: `resources/${params.type}` }
  }

  app.get(
    path,
    {
      schema: {
        operationId: 'listResources',
        summary: 'List the resources of one type',
        description:
          'Of any type, also of one that the tenant declares; also those that their client has deleted.',
        tags,
        params: typeParams,
        querystring: identityQuery,
        response: {
          200: answer('The resources, newest first.', pageOf(identitySchema)),
          ...problems(400, 404),
        },
      },
    },
    ({ params, query }) => answers.list(shown(params), query),
  )

  app.get(
    `${path}/:id`,
    {
      schema: {
        operationId: 'showResource',
        summary: 'Show a resource of any type with its SCIM document',
        tags,
        params: resourceParams,
        querystring: atQuery,
        response: { 200: answer('The resource.', identityWithDocumentSchema), ...problems(400, 404) },
      },
    },
    ({ params, query }) => answers.show(shown(params), params.id, query),
  )

  app.get(
    `${path}/:id/history`,
    {
      schema: {
        operationId: 'listHistoryOfResource',
        summary: 'List the versions of a resource of any type',
        tags,
        params: resourceParams,
        querystring: pageQuery,
        response: {
          200: answer('The changes, newest first.', pageOf(historyEntrySchema)),
          ...problems(400, 404),
        },
      },
    },
    ({ params, query }) => answers.history(shown(params), params.id, query),
  )

  app.get(
    `${path}/:id/attributes`,
    {
      schema: {
        operationId: 'listAttributesOfResource',
        summary: 'Tell what became of each attribute of a resource of any type',
        description:
          'The values that each attribute had, with the version and the exchange that brought them.',
        tags,
        params: resourceParams,
        response: {
          200: answer('The attributes in the order in which they came.', attributeHistorySchema),
          ...problems(404),
        },
      },
    },
    ({ params }) => answers.attributes(shown(params), params.id),
  )
}

const noSuchType = (tenant: string, name: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant}" has no resource type "${name}". GET /api/v1/tenants/${tenant}/types shows those that it declares.`,
  )
