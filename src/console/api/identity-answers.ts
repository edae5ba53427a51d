import { z } from 'zod'
import type { Identity } from '../../provider/directory.ts'
import type { ResourceType } from '../../scim/resource-types.ts'
import { nowAt, type Tenant } from '../../tenants/tenant.ts'
import type { ConsoleParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { attributeHistoryOf, versionsLookedAt } from './attribute-history.ts'
import { causesOf } from './causes.ts'
import {
  statusSchema,
  viewHistoryEntry,
  viewIdentity,
  viewIdentityWithDocument,
  viewRelated,
} from './identity-view.ts'
import { askedPage, instantOf, pageQuery } from './shapes.ts'
import { atField, type atQuery, thenAsked } from './then.ts'

export const membersQuery = pageQuery.extend({ at: atField })

export const identityQuery = membersQuery.extend({
  status: statusSchema.optional(),
  text: z.string().min(1, 'Leave it out to see all.').optional().meta({
    description: 'Part of the label or of the display name, whatever the case.',
    example: 'anna',
  }),
})

const originOf = ({ origin }: Identity) => (origin === undefined ? {} : { exchange: origin })

type Page = z.output<typeof pageQuery>
type At = z.output<typeof atQuery>

/** Whose resources are shown, and the address in the API at which all of them are. */
export type Shown = { readonly tenant: Tenant; readonly type: ResourceType; readonly all: string }

const notFound = ({ tenant, type, all }: Shown, id: string, at?: number) =>
  new Problem(
    'not-found',
    at === undefined
      ? `The tenant "${tenant.id}" has and had no ${type.name} with the id "${id}". GET /api/v1/tenants/${tenant.id}/${all} lists all.`
      : `The tenant "${tenant.id}" had no ${type.name} with the id "${id}" at ${instantOf(at)}; by its clock it is ${instantOf(nowAt(tenant))} now. GET /api/v1/tenants/${tenant.id}/${all}/${id}/history tells when it came and went.`,
  )

/** What the API answers about resources of one type, whichever address it is asked at. */
export const identityAnswers = ({ directory, journal }: Pick<ConsoleParts, 'directory' | 'journal'>) => ({
  async list({ tenant, type }: Shown, query: z.output<typeof identityQuery>) {
    const then = thenAsked(tenant, query)
    const asked = {
      ...askedPage(query),
      ...(query.status && { status: query.status }),
      ...(query.text && { text: query.text }),
    }
    const { items, ...rest } = await (then
      ? directory.past.identities(tenant.key, type.name, then, asked)
      : directory.identities(tenant.key, type.name, asked))
    const causes = await causesOf(journal, items.map(originOf))
    return { items: items.map(one => viewIdentity(one, causes)), ...rest }
  },

  async show(shown: Shown, id: string, query: At) {
    const { tenant, type } = shown
    const then = thenAsked(tenant, query)
    const identity = await (then
      ? directory.past.identity(tenant.key, type.name, id, then)
      : directory.identity(tenant.key, type.name, id))
    if (!identity) throw notFound(shown, id, then?.at)
    return viewIdentityWithDocument(identity, await causesOf(journal, [originOf(identity)]))
  },

  async history(shown: Shown, id: string, query: Page) {
    const { tenant, type } = shown
    const page = await directory.history(tenant.key, type.name, id, askedPage(query))
    if (!page) throw notFound(shown, id)
    const { items, ...rest } = page
    const causes = await causesOf(journal, items)
    return { items: items.map(entry => viewHistoryEntry(type, entry, causes)), ...rest }
  },

  async attributes(shown: Shown, id: string) {
    const { tenant, type } = shown
    const changes = await directory.documentChanges(tenant.key, type.name, id, versionsLookedAt)
    if (!changes) throw notFound(shown, id)
    return attributeHistoryOf(type, changes)
  },

  async members(shown: Shown, id: string, query: z.output<typeof membersQuery>) {
    const { tenant, type } = shown
    const then = thenAsked(tenant, query)
    const page = await (then
      ? directory.past.members(tenant.key, type.name, id, then, askedPage(query))
      : directory.members(tenant.key, type.name, id, askedPage(query)))
    if (!page) throw notFound(shown, id, then?.at)
    const { items, ...rest } = page
    return { items: items.map(viewRelated), ...rest }
  },
})
