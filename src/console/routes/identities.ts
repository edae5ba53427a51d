import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import {
  jsonResponse,
  pageQuery,
  pageSchema,
  problemResponses,
  tenantParams,
} from '../../contract/operation.ts'
import { type ResourceType, typeByName } from '../../scim/resource-types.ts'
import type { ConsoleDeps } from '../deps.ts'
import { Problem } from '../problem.ts'
import {
  historyEntrySchema,
  identitySchema,
  identityWithDocumentSchema,
  relatedSchema,
} from '../views/identity.ts'
import {
  atQuery,
  attributeHistorySchema,
  type IdentityScope,
  identityHandlers,
  identityQuery,
  membersQuery,
} from './identity-handlers.ts'
import { requireTenant } from './tenants.ts'
import { hasMembers, tenantResourceTypes } from './types.ts'

export const identityParams = tenantParams.extend({
  id: z.string().meta({ description: 'The id of the resource.' }),
})

/** One type's resources as people look at them: `/tenants/{tenant}/users`. */
export const identityRoutes: FastifyPluginAsyncZod<ConsoleDeps & { readonly type: ResourceType }> = async (
  app,
  { tenants, directory, journal, type },
) => {
  const plural = type.endpoint.slice(1)
  const path = `/tenants/:tenant/${plural.toLowerCase()}`
  const pluralName = plural.toLowerCase()
  const tags = [pluralName]

  const answers = identityHandlers({ directory, journal })
  const shown = (id: string) => {
    const tenant = requireTenant(tenants, id)
    return { tenant, type: typeByName(tenantResourceTypes(tenant), type.name) ?? type, listPath: pluralName }
  }

  app.get(
    path,
    {
      schema: {
        operationId: `list${plural}`,
        summary: `List the ${pluralName} of a tenant`,
        description: 'Also those that their client has deleted; with `at` those that existed at that moment.',
        tags,
        params: tenantParams,
        querystring: identityQuery,
        response: {
          200: jsonResponse(`The ${pluralName}, newest first.`, pageSchema(identitySchema)),
          ...problemResponses(400, 404),
        },
      },
    },
    ({ params, query }) => answers.list(shown(params.tenant), query),
  )

  app.get(
    `${path}/:id`,
    {
      schema: {
        operationId: `show${type.name}`,
        summary: `Show one of the ${pluralName} with its SCIM resource`,
        tags,
        params: identityParams,
        querystring: atQuery,
        response: {
          200: jsonResponse(`One of the ${pluralName}.`, identityWithDocumentSchema),
          ...problemResponses(400, 404),
        },
      },
    },
    ({ params, query }) => answers.show(shown(params.tenant), params.id, query),
  )

  app.get(
    `${path}/:id/history`,
    {
      schema: {
        operationId: `listHistoryOf${type.name}`,
        summary: `List the versions and membership changes of one of the ${pluralName}`,
        tags,
        params: identityParams,
        querystring: pageQuery,
        response: {
          200: jsonResponse('The changes, newest first.', pageSchema(historyEntrySchema)),
          ...problemResponses(400, 404),
        },
      },
    },
    ({ params, query }) => answers.history(shown(params.tenant), params.id, query),
  )

  app.get(
    `${path}/:id/attributes`,
    {
      schema: {
        operationId: `listAttributesOf${type.name}`,
        summary: `Tell what became of each attribute of one of the ${pluralName}`,
        description:
          'The values that each attribute had, with the version and the exchange that brought them.',
        tags,
        params: identityParams,
        response: {
          200: jsonResponse('The attributes in the order in which they came.', attributeHistorySchema),
          ...problemResponses(404),
        },
      },
    },
    ({ params }) => answers.attributes(shown(params.tenant), params.id),
  )

  if (!hasMembers(type)) return

  app.get(
    `${path}/:id/members`,
    {
      schema: {
        operationId: `listMembersOf${type.name}`,
        summary: `List the members of one of the ${pluralName}`,
        description: 'Also under profiles that never show members over SCIM.',
        tags,
        params: identityParams,
        querystring: membersQuery,
        response: {
          200: jsonResponse('The members.', pageSchema(relatedSchema)),
          ...problemResponses(400, 404),
        },
      },
    },
    ({ params, query }) => answers.members(shown(params.tenant), params.id, query),
  )
}

const type = z.string().meta({ description: 'The name of the resource type.', example: 'Device' })
const typeParams = tenantParams.extend({ type })
const resourceParams = identityParams.extend({ type })

/** The resources of any type, as people look at them; types come and go with what a tenant declares. */
export const resourceRoutes: FastifyPluginAsyncZod<ConsoleDeps> = async (
  app,
  { tenants, directory, journal },
) => {
  const path = '/tenants/:tenant/resources/:type'
  const tags = ['resources']
  const answers = identityHandlers({ directory, journal })

  const shown = (params: z.output<typeof typeParams>): IdentityScope => {
    const tenant = requireTenant(tenants, params.tenant)
    const type = typeByName(tenantResourceTypes(tenant), params.type)
    if (!type) throw typeNotFound(tenant.id, params.type)
    return { tenant, type, listPath: `resources/${params.type}` }
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
          200: jsonResponse('The resources, newest first.', pageSchema(identitySchema)),
          ...problemResponses(400, 404),
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
        response: {
          200: jsonResponse('The resource.', identityWithDocumentSchema),
          ...problemResponses(400, 404),
        },
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
          200: jsonResponse('The changes, newest first.', pageSchema(historyEntrySchema)),
          ...problemResponses(400, 404),
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
          200: jsonResponse('The attributes in the order in which they came.', attributeHistorySchema),
          ...problemResponses(404),
        },
      },
    },
    ({ params }) => answers.attributes(shown(params), params.id),
  )
}

const typeNotFound = (tenant: string, name: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant}" has no resource type "${name}". GET /api/v1/tenants/${tenant}/types shows those that it declares.`,
  )
