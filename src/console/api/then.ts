import { z } from 'zod'
import type { Then } from '../../provider/directory.ts'
import { calledIn } from '../../scim/prepare.ts'
import { typeNamed } from '../../scim/resource-types.ts'
import type { Tenant } from '../../tenants/tenant.ts'
import { typesOf } from './types-of.ts'

const atMistake = 'Give a time with its zone: 2026-03-01T09:30:00Z.'

/** For the query of what can be shown as it was. */
export const atField = z.iso.datetime({ offset: true, error: atMistake }).optional().meta({
  description: "The moment that is shown, by the tenant's clock; left out, it is now.",
  example: '2026-03-01T09:30:00Z',
})

export const atQuery = z.object({ at: atField })

/** The moment that a query asks for; undefined for now. */
export function thenAsked(tenant: Tenant, { at }: z.output<typeof atQuery>): Then | undefined {
  if (at === undefined) return undefined
  const types = typesOf(tenant)
  return {
    at: Date.parse(at),
    read: (name, text) => {
      const type = typeNamed(types, name)
      const document = JSON.parse(text)
      return type && calledIn(type, document.id, document)
    },
  }
}
