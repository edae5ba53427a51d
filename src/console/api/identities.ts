import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import type { ResourceType } from '../../scim/resource-types.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import {
  historyEntrySchema,
  identitySchema,
  identityWithDocumentSchema,
  relatedSchema,
  statusSchema,
  viewHistoryEntry,
  viewIdentity,
  viewIdentityWithDocument,
  viewRelated,
} from './identity-view.ts'
import { answer, askedPage, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'

const identityQuery = pageQuery.extend({
  status: statusSchema.optional(),
  text: z.string().min(1, 'Leave it out to see all.').optional().meta({
    description: 'Part of the label or of the display name, whatever the case.',
    example: 'anna',
  }),
})

const identityParams = tenantParams.extend({
  id: z.string().meta({ description: 'The id of the resource.' }),
})

const hasMembers = (type: ResourceType) => type.attributes.some(({ relation }) => relation === 'members')

/** One type's resources as people look at them: `/tenants/{tenant}/users`. */
export const identityRoutes: FastifyPluginAsyncZod<ConsoleParts & { readonly type: ResourceType }> = async (
  app,
  { tenants, directory, type },
) => {
  const plural = type.endpoint.slice(1)
  const path = `/tenants/:tenant/${plural.toLowerCase()}`
  const words = plural.toLowerCase()
  const tags = [words]

  const notFound = (tenant: Tenant, id: string) =>
    new Problem(
      'not-found',
      `The tenant "${tenant.id}" has and had no ${type.name} with the id "${id}". GET /api/v1/tenants/${tenant.id}/${words} lists all.`,
    )

  app.get(
    path,
    {
      schema: {
        operationId: `list${plural}`,
        summary: `List the ${words} of a tenant`,
        description: 'Also those that their client has deleted.',
        tags,
        params: tenantParams,
        querystring: identityQuery,
        response: {
          200: answer(`The ${words}, newest first.`, pageOf(identitySchema)),
          ...problems(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const { items, ...rest } = await directory.identities(tenant.key, type.name, {
        ...askedPage(query),
        ...(query.status && { status: query.status }),
        ...(query.text && { text: query.text }),
      })
      return { items: items.map(viewIdentity), ...rest }
    },
  )

  app.get(
    `${path}/:id`,
    {
      schema: {
        operationId: `show${type.name}`,
        summary: `Show one of the ${words} with its SCIM resource`,
        tags,
        params: identityParams,
        response: { 200: answer(`One of the ${words}.`, identityWithDocumentSchema), ...problems(404) },
      },
    },
    async ({ params }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const identity = await directory.identity(tenant.key, type.name, params.id)
      if (!identity) throw notFound(tenant, params.id)
      return viewIdentityWithDocument(identity)
    },
  )

  app.get(
    `${path}/:id/history`,
    {
      schema: {
        operationId: `listHistoryOf${type.name}`,
        summary: `List the versions and membership changes of one of the ${words}`,
        tags,
        params: identityParams,
        querystring: pageQuery,
        response: {
          200: answer('The changes, newest first.', pageOf(historyEntrySchema)),
          ...problems(400, 404),
        },
      },
    },
    async ({ params, query }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const page = await directory.history(tenant.key, type.name, params.id, askedPage(query))
      if (!page) throw notFound(tenant, params.id)
      const { items, ...rest } = page
      return { items: items.map(viewHistoryEntry), ...rest }
    },
  )

  if (!hasMembers(type)) return

  app.get(
    `${path}/:id/members`,
    {
      schema: {
        operationId: `listMembersOf${type.name}`,
        summary: `List the members of one of the ${words}`,
        description: 'Also under profiles that never show members over SCIM.',
        tags,
        params: identityParams,
        querystring: pageQuery,
        response: { 200: answer('The members.', pageOf(relatedSchema)), ...problems(400, 404) },
      },
    },
    async ({ params, query }) => {
      const tenant = tenantNamed(tenants, params.tenant)
      const page = await directory.members(tenant.key, type.name, params.id, askedPage(query))
      if (!page) throw notFound(tenant, params.id)
      const { items, ...rest } = page
      return { items: items.map(viewRelated), ...rest }
    },
  )
}
