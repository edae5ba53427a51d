import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { type ResourceType, typeNamed } from '../../scim/resource-types.ts'
import type { ConsoleParts } from '../parts.ts'
import { attributeHistorySchema } from './attribute-history.ts'
import { identityAnswers, identityQuery, membersQuery } from './identity-answers.ts'
import {
  historyEntrySchema,
  identitySchema,
  identityWithDocumentSchema,
  relatedSchema,
} from './identity-view.ts'
import { answer, pageOf, pageQuery, problems, tenantParams } from './shapes.ts'
import { tenantNamed } from './tenant-named.ts'
import { atQuery } from './then.ts'
import { hasMembers, typesOf } from './types-of.ts'

export const identityParams = tenantParams.extend({
  id: z.string().meta({ description: 'The id of the resource.' }),
})

/** One type's resources as people look at them: `/tenants/{tenant}/users`. */
export const identityRoutes: FastifyPluginAsyncZod<ConsoleParts & { readonly type: ResourceType }> = async (
  app,
  { tenants, directory, journal, type },
) => {
  const plural = type.endpoint.slice(1)
  const path = `/tenants/:tenant/${plural.toLowerCase()}`
  const words = plural.toLowerCase()
  const tags = [words]

  const answers = identityAnswers({ directory, journal })
  const shown = (id: string) => {
    const tenant = tenantNamed(tenants, id)
    return { tenant, type: typeNamed(typesOf(tenant), type.name) ?? type, all: words }
  }

  app.get(
    path,
    {
      schema: {
        operationId: `list${plural}`,
        summary: `List the ${words} of a tenant`,
        description: 'Also those that their client has deleted; with `at` those that existed at that moment.',
        tags,
        params: tenantParams,
        querystring: identityQuery,
        response: {
          200: answer(`The ${words}, newest first.`, pageOf(identitySchema)),
          ...problems(400, 404),
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
        summary: `Show one of the ${words} with its SCIM resource`,
        tags,
        params: identityParams,
        querystring: atQuery,
        response: { 200: answer(`One of the ${words}.`, identityWithDocumentSchema), ...problems(400, 404) },
      },
    },
    ({ params, query }) => answers.show(shown(params.tenant), params.id, query),
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
    ({ params, query }) => answers.history(shown(params.tenant), params.id, query),
  )

  app.get(
    `${path}/:id/attributes`,
    {
      schema: {
        operationId: `listAttributesOf${type.name}`,
        summary: `Tell what became of each attribute of one of the ${words}`,
        description:
          'The values that each attribute had, with the version and the exchange that brought them.',
        tags,
        params: identityParams,
        response: {
          200: answer('The attributes in the order in which they came.', attributeHistorySchema),
          ...problems(404),
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
        summary: `List the members of one of the ${words}`,
        description: 'Also under profiles that never show members over SCIM.',
        tags,
        params: identityParams,
        querystring: membersQuery,
        response: { 200: answer('The members.', pageOf(relatedSchema)), ...problems(400, 404) },
      },
    },
    ({ params, query }) => answers.members(shown(params.tenant), params.id, query),
  )
}
