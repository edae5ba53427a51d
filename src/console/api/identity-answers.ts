import { z } from 'zod'
import type { Directory } from '../../provider/directory.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import { Problem } from '../problem.ts'
import {
  statusSchema,
  viewHistoryEntry,
  viewIdentity,
  viewIdentityWithDocument,
  viewRelated,
} from './identity-view.ts'
import { askedPage, pageQuery } from './shapes.ts'

export const identityQuery = pageQuery.extend({
  status: statusSchema.optional(),
  text: z.string().min(1, 'Leave it out to see all.').optional().meta({
    description: 'Part of the label or of the display name, whatever the case.',
    example: 'anna',
  }),
})

type Page = z.output<typeof pageQuery>

/** Whose resources are shown, and the address in the API at which all of them are. */
export type Shown = { readonly tenant: Tenant; readonly type: string; readonly all: string }

const notFound = ({ tenant, type, all }: Shown, id: string) =>
  new Problem(
    'not-found',
    `The tenant "${tenant.id}" has and had no ${type} with the id "${id}". GET /api/v1/tenants/${tenant.id}/${all} lists all.`,
  )

/** What the API answers about resources of one type, whichever address it is asked at. */
export const identityAnswers = (directory: Directory) => ({
  async list({ tenant, type }: Shown, query: z.output<typeof identityQuery>) {
    const { items, ...rest } = await directory.identities(tenant.key, type, {
      ...askedPage(query),
      ...(query.status && { status: query.status }),
      ...(query.text && { text: query.text }),
    })
    return { items: items.map(viewIdentity), ...rest }
  },

  async show(shown: Shown, id: string) {
    const identity = await directory.identity(shown.tenant.key, shown.type, id)
    if (!identity) throw notFound(shown, id)
    return viewIdentityWithDocument(identity)
  },

  async history(shown: Shown, id: string, query: Page) {
    const page = await directory.history(shown.tenant.key, shown.type, id, askedPage(query))
    if (!page) throw notFound(shown, id)
    const { items, ...rest } = page
    return { items: items.map(viewHistoryEntry), ...rest }
  },

  async members(shown: Shown, id: string, query: Page) {
    const page = await directory.members(shown.tenant.key, shown.type, id, askedPage(query))
    if (!page) throw notFound(shown, id)
    const { items, ...rest } = page
    return { items: items.map(viewRelated), ...rest }
  },
})
